package dev.assay.topology.routing;

import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Route;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The stage that learns from metrics which model answers what, and says what all models together, and the router, would have answered.
 *
 * <pre>
 * metrics ──► deciding ──► routes ──┐ (known to every instance)
 * verdicts ──────────────────────► gathering ──► verdicts of @ensemble, @ensemble-weighted, @oracle, @router
 * prompts ──► texts by prompt ────────┘ (for a policy that looks at texts)
 * </pre>
 *
 * <p>Of every prompt that asks two models or more, the verdicts are gathered until all are there, or none has come for the stated wait; a later
 * one corrects what was merged. A merged verdict is a function of the verdicts it was made of and of what was decided about the prompt: weights
 * and route. These are in the record. The stage reads its own verdicts back, and the earliest decision about a prompt stands: a replay of the log ends
 * with the same bytes, on any number of instances.
 */
public final class Routing {
  /** The Streams application id. */
  public static final String APPLICATION_ID = "assay-routing";

  /** Of this router; routes of a later version are left alone. */
  public static final int VERSION = 1;

  static final String GATHERINGS_STORE = "gatherings";
  static final String WAITING_STORE = "waiting";
  static final String RECORDS_STORE = "track-records";
  static final String CELLS_STORE = "cells";
  static final String DECIDED_STORE = "decided";
  static final String EXPERIENCE_STORE = "experience";
  static final String TEXTS_STORE = "texts";

  private static final String QUESTIONS = "questions";

  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<MetricRow> metrics;
  private final RecordCodec<Route> routes;
  private final RouterSettings settings;

  /** Routing with the usual settings. */
  public Routing(SchemaRegistryClient registry) {
    this(registry, RouterSettings.DEFAULT);
  }

  /** Routing with a policy of one's own. */
  public Routing(SchemaRegistryClient registry, RouterSettings settings) {
    this.prompts = RecordCodec.of(registry, Prompt.class);
    this.verdicts = RecordCodec.of(registry, Verdict.class);
    this.metrics = RecordCodec.of(registry, MetricRow.class);
    this.routes = RecordCodec.of(registry, Route.class);
    this.settings = settings;
  }

  /** The picture above. */
  public Topology topology() {
    return drawn(new StreamsBuilder());
  }

  /** The same, whose processors are wrapped as these settings say. */
  public Topology topology(TopologyConfig config) {
    return drawn(new StreamsBuilder(config));
  }

  private Topology drawn(StreamsBuilder questions) {
    if (settings.looksAtText()) {
      questions
          .stream(Topics.PROMPTS, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("prompts-in"))
          .process(() -> new QuestionReader(prompts), Named.as("questions-read"))
          .repartition(Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("questions-by-prompt"))
          .mapValues(Question::fromBytes, Named.as(QUESTIONS));
    }
    Topology topology = questions.build();
    topology.addGlobalStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(RoutesInForce.STORE), Serdes.String(), Serdes.ByteArray()).withLoggingDisabled(),
        "routes-in", new StringDeserializer(), new ByteArrayDeserializer(), Topics.ROUTES, "routes-kept", RoutesInForce.Keeper::new);

    topology.addSource("metrics", new StringDeserializer(), new ByteArrayDeserializer(), Topics.METRICS);
    topology.addProcessor("deciding", () -> new DecidingProcessor(metrics, routes, settings), "metrics");
    topology.addStateStore(store(CELLS_STORE), "deciding");
    topology.addStateStore(store(DECIDED_STORE), "deciding");
    topology.addSink("routes-out", Topics.ROUTES, new StringSerializer(), new ByteArraySerializer(), "deciding");

    topology.addSource("verdicts-in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.VERDICTS);
    String[] gathered = settings.looksAtText() ? new String[] {"verdicts-in", QUESTIONS} : new String[] {"verdicts-in"};
    topology.addProcessor("gathering", () -> new GatheringProcessor(verdicts, routes, settings), gathered);
    topology.addStateStore(store(EXPERIENCE_STORE), "gathering");
    topology.addStateStore(store(TEXTS_STORE), "gathering");
    topology.addStateStore(store(GATHERINGS_STORE), "gathering");
    topology.addStateStore(store(WAITING_STORE), "gathering");
    topology.addStateStore(store(RECORDS_STORE), "gathering");
    topology.addSink("verdicts-out", Topics.VERDICTS, new StringSerializer(), new ByteArraySerializer(), "gathering");
    return topology;
  }

  /** Caching merges the writes of one commit interval. */
  private static StoreBuilder<KeyValueStore<String, byte[]>> store(String name) {
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.ByteArray()).withCachingEnabled();
  }
}
