package dev.assay.cli.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.plans.PlannerBinder;
import dev.assay.cli.plans.PlannerService;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.Stage;
import dev.assay.cli.stack.StageGroup;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayOptions;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.Health;
import dev.assay.platform.TestStack;
import dev.assay.platform.Tracing;
import dev.assay.schemas.Registries;
import dev.assay.topology.routing.RouterSettings;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What operators see of the services, and whether what they were given to look with looks at what is there. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class OperationsIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final Path DEPLOY = Path.of(System.getProperty("assay.project.root")).resolve("deploy/monitoring");
  private static final Pattern METRIC = Pattern.compile("\\b(?:assay|kafka|jvm|process|system)_[a-z0-9_]+");
  private static final Pattern EXPRESSION = Pattern.compile("^ *expr: (.+)$", Pattern.MULTILINE);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final String CLIENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CLIENT_SPAN = "00f067aa0ba902b7";

  /** Prometheus adds this one about each target. */
  private static final String UP = "up";

  @TempDir private Path folder;

  private static HttpResponse<String> get(String address) throws IOException, InterruptedException {
    return HTTP.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static OperationsChoice on(String... arguments) {
    OperationsChoice choice = new OperationsChoice();
    new CommandLine(new Holder(choice)).parseArgs(arguments);
    return choice;
  }

  @CommandLine.Command
  private record Holder(@CommandLine.Mixin OperationsChoice choice) {}

  @Test
  void dashboardsAndAlerts_nameMetricsThatServicesShow() throws Exception {
    STACK.stack().ensureCatalogue();
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    Registries.registerSchemas(registry);
    Path answers = Files.writeString(folder.resolve("answers.jsonl"), "{\"prompt\": \"p\", \"text\": \"A\"}\n");
    Set<String> shown = new TreeSet<>();
    try (SpanReceiver spans = SpanReceiver.start();
        Tracing _ = Tracing.start("assay-test", Map.of("otel.exporter.otlp.endpoint", spans.address(), "otel.bsp.schedule.delay", "50ms"));
        AnsweringModel model = OpenedModel.of(NamedModel.parse("stored=recorded:" + answers), LoadOptions.defaults());
        Worker worker =
            new Worker(
                Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, STACK.settings().bootstrapServers()), registry, model, WorkerSettings.of("w", 4));
        StageGroup stages = StageGroup.start(STACK.settings(), Stage.USUAL, "operations", 1, RouterSettings.DEFAULT);
        OperationsChoice.Running ofStages = on("--metrics-port", "0").start("stages", stages.meters(), stages::health);
        PlannerService planner = PlannerService.start(STACK.settings(), _ -> {});
        OperationsChoice.Running ofPlanner = on("--metrics-port", "0").start("planner", new PlannerBinder(planner), () -> List.of(planner.health()));
        OperationsChoice.Running ofWorker = on("--metrics-port", "0").start("worker", new WorkerBinder("stored", worker::meters), List::of)) {
      var _ = Thread.ofPlatform().start(worker);
      stages.awaitRunning(Duration.ofMinutes(1));
      while (!worker.isServing()) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      try (Gateway gateway = Gateway.start(STACK.settings(), GatewayOptions.onPort(0, Site::typeOf))) {
        while (!get(gateway.address() + "/metrics").body().contains("assay_model_workers{model=\"stored\",service=\"gateway\"} 1")) {
          TimeUnit.MILLISECONDS.sleep(100);
        }
        names(get(gateway.address() + "/metrics"), shown);
        oneRequest_isOneTrace(gateway.address(), spans);
      }
      // Streams registers its meters as its clients come up.
      String metrics = "http://127.0.0.1:%d/metrics".formatted(ofStages.port());
      while (!get(metrics).body().contains("kafka_consumer_fetch_manager_records_lag_max")) {
        TimeUnit.MILLISECONDS.sleep(200);
      }
      names(get(metrics), shown);
      names(get("http://127.0.0.1:%d/metrics".formatted(ofWorker.port())), shown);
      String ofThePlanner = "http://127.0.0.1:%d".formatted(ofPlanner.port());
      while (!get(ofThePlanner + "/metrics").body().contains("assay_planner_at_work{service=\"planner\"} 1")) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      names(get(ofThePlanner + "/metrics"), shown);
      assertThat(get(ofThePlanner + "/health/ready").body()).contains("\"ready\"", "follows the plans");
      assertThat(get("http://127.0.0.1:%d/health/ready".formatted(ofStages.port())).body()).contains("\"ready\"", "assay-ballot", "RUNNING");
    }
    for (String expression : expressions()) {
      List<String> wanted = METRIC.matcher(expression).results().map(found -> found.group()).toList();
      assertThat(wanted.isEmpty() ? List.of(UP) : wanted).as(expression).allSatisfy(name -> assertThat(name.equals(UP) || shown.contains(name)).as(name).isTrue());
    }
  }

  /** On the running stack, which costs the most. */
  private static void oneRequest_isOneTrace(String gateway, SpanReceiver spans) throws Exception {
    String run =
        "{\"run\": \"traced\", \"models\": [\"stored\"], \"prompts\": [{\"id\": \"p\", \"task\": \"quiz\", \"ask\": {\"question\": \"Which?\", \"options\": [\"this\", \"that\"], \"gold\": [0]}}]}";
    HttpRequest post =
        HttpRequest.newBuilder(URI.create(gateway + "/v1/runs"))
            .header("traceparent", "00-" + CLIENT_TRACE + "-" + CLIENT_SPAN + "-01")
            .POST(HttpRequest.BodyPublishers.ofString(run))
            .build();
    assertThat(HTTP.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(201);

    List<SpanReceiver.Received> way =
        spans.awaitWay(
            CLIENT_TRACE,
            CLIENT_SPAN,
            List.of(
                "assay-gateway: POST /v1/runs",
                "assay: send assay.prompts",
                "assay-intake: process assay.prompts",
                "assay-worker: process assay.requests.stored",
                "assay-ballot: process assay.answers",
                Stage.TABLES.applicationId() + ": process assay.verdicts"));
    assertThat(way.get(3).attributes()).containsEntry("assay.run", "traced").containsEntry("messaging.system", "kafka");
    SpanReceiver.Received work = spans.awaitWay(CLIENT_TRACE, way.get(3).id(), List.of("assay-worker: score stored")).getFirst();
    assertThat(work.attributes()).containsEntry("gen_ai.request.model", "stored").containsKeys("assay.checkpoint", "gen_ai.usage.input_tokens");
  }

  private static void names(HttpResponse<String> scraped, Set<String> names) {
    assertThat(scraped.statusCode()).isEqualTo(200);
    scraped.body().lines().filter(line -> !line.startsWith("#")).forEach(line -> names.add(line.replaceFirst("[{ ].*", "")));
  }

  /** All that Prometheus is asked, by alerts and by dashboards. */
  private static List<String> expressions() throws IOException {
    List<String> all = new ArrayList<>(EXPRESSION.matcher(Files.readString(DEPLOY.resolve("alerts.yml"))).results().map(found -> found.group(1)).toList());
    int alerts = all.size();
    assertThat(alerts).isPositive();
    for (JsonNode panel : new ObjectMapper().readTree(DEPLOY.resolve("grafana/dashboards/assay.json").toFile()).path("panels")) {
      panel.path("targets").forEach(target -> all.add(target.path("expr").asText()));
    }
    assertThat(all).hasSizeGreaterThan(alerts);
    return all;
  }

  @Test
  void health_tellsTheTruth_andOtherPathsAndMethodsAreRefused() throws Exception {
    AtomicBoolean well = new AtomicBoolean();
    try (OperationsChoice.Running running =
        on("--metrics-port", "0")
            .start("test", registry -> registry.counter("assay.test.things").increment(), () -> List.of(new Health("part", well.get(), "because", Duration.ZERO)))) {
      String address = "http://127.0.0.1:" + running.port();
      assertThat(get(address + "/health/live").statusCode()).isEqualTo(200);
      HttpResponse<String> before = get(address + "/health/ready");
      assertThat(before.statusCode()).isEqualTo(503);
      assertThat(before.body()).isEqualTo("{\"status\":\"not ready\",\"parts\":[{\"part\":\"part\",\"ok\":false,\"detail\":\"because\"}]}");
      well.set(true);
      assertThat(get(address + "/health/ready").statusCode()).isEqualTo(200);
      assertThat(get(address + "/metrics").body()).contains("assay_test_things_total{service=\"test\"} 1.0");
      assertThat(get(address + "/other").statusCode()).isEqualTo(404);
      HttpRequest post = HttpRequest.newBuilder(URI.create(address + "/metrics")).POST(HttpRequest.BodyPublishers.noBody()).build();
      assertThat(HTTP.send(post, HttpResponse.BodyHandlers.discarding()).statusCode()).isEqualTo(405);
      String port = Integer.toString(running.port());
      assertThatThrownBy(() -> on("--metrics-port", port).start("second", _ -> {}, List::of)).hasMessageContaining("Port %s of 127.0.0.1 is taken".formatted(port));
    }
  }

  @Test
  void noPort_isNoServer() {
    try (OperationsChoice.Running running = on().start("test", _ -> {}, List::of)) {
      assertThat(running.port()).isZero();
    }
  }
}
