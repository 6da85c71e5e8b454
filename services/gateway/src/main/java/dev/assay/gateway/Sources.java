package dev.assay.gateway;

import dev.assay.gateway.dashboard.FlowMeter;
import dev.assay.gateway.evaluation.CheckpointsApi;
import dev.assay.gateway.evaluation.RunStartApi;
import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.exchange.Router;
import dev.assay.gateway.health.GatewayMeters;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.LiveTable;
import dev.assay.records.Checkpoint;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Route;
import dev.assay.records.Run;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.List;
import java.util.Map;

/** What the routes draw from: the exchange with the workers, and the topics as tables. */
final class Sources implements AutoCloseable {

  private final SchemaRegistryClient registry;
  private final LiveTable<Model> announced;
  private final LiveTable<Run> runs;
  private final LiveTable<MetricRow> metrics;
  private final LiveTable<Checkpoint> checkpoints;
  private final LiveTable<Route> routes;
  private final Models models;
  private final Router router;
  private final Exchange exchange;
  private final CheckpointsApi checkpointsApi;
  private final RunStartApi runStarts;
  private final GatewayMeters meters;
  private final FlowMeter flow;
  private final KafkaSettings settings;

  Sources(KafkaSettings settings, SchemaRegistryClient registry, GatewayOptions options, String instance) {
    this.settings = settings;
    this.registry = registry;
    this.announced = LiveTable.open(settings, registry, Topics.MODELS, Model.class);
    this.runs = LiveTable.open(settings, registry, Topics.RUNS, Run.class);
    this.metrics = LiveTable.open(settings, registry, Topics.METRICS, MetricRow.class);
    this.checkpoints = LiveTable.open(settings, registry, Topics.CHECKPOINTS, Checkpoint.class);
    this.routes = LiveTable.open(settings, registry, Topics.ROUTES, Route.class);
    this.models = new Models(settings, announced, options.model());
    this.router = new Router(routes, models, options.typing());
    this.exchange = new Exchange(settings, registry, instance, options.limits());
    this.checkpointsApi = new CheckpointsApi(settings, registry, checkpoints, options.roots());
    this.runStarts = new RunStartApi(settings, registry, runs, metrics, models, options.questions(), options.limits().bodyBytes());
    this.meters = new GatewayMeters(exchange, models, router);
    this.flow = new FlowMeter(settings, models);
  }

  KafkaSettings settings() {
    return settings;
  }

  SchemaRegistryClient registry() {
    return registry;
  }

  Exchange exchange() {
    return exchange;
  }

  Models models() {
    return models;
  }

  Router router() {
    return router;
  }

  LiveTable<Run> runs() {
    return runs;
  }

  LiveTable<MetricRow> metrics() {
    return metrics;
  }

  LiveTable<Model> announced() {
    return announced;
  }

  LiveTable<Checkpoint> checkpoints() {
    return checkpoints;
  }

  FlowMeter flow() {
    return flow;
  }

  LiveTable<Route> routes() {
    return routes;
  }

  CheckpointsApi checkpointsApi() {
    return checkpointsApi;
  }

  RunStartApi runStarts() {
    return runStarts;
  }

  GatewayMeters meters() {
    return meters;
  }

  /** All tables, by topic. */
  Map<String, LiveTable<?>> tables() {
    return Map.of(
        Topics.MODELS, announced, Topics.RUNS, runs, Topics.METRICS, metrics, Topics.CHECKPOINTS, checkpoints, Topics.ROUTES, routes);
  }

  @Override
  public void close() {
    meters.close();
    flow.close();
    runStarts.close();
    checkpointsApi.close();
    exchange.close();
    models.close();
    List.of(announced, runs, metrics, checkpoints, routes).forEach(LiveTable::close);
  }
}
