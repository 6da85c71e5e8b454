package dev.assay.gateway.evaluation;

import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.LiveTable;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.TaskPlan;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.javalin.http.Context;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/runs}: begins an evaluation, as {@code assay eval} does, for whoever has no Kafka client. Its prompts go to the log, and
 * everything else follows from there; the gateway only adds, when all is judged, that the run is done.
 */
public final class RunStartApi implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunStartApi.class);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final int CREATED = 201;
  private static final int MOST_PROMPTS = 50_000;

  /** Each holds its prompts in memory until the broker has them. */
  private static final int MOST_AT_A_TIME = 2;

  private static final long SEEN_SECONDS = 5;

  private final LiveTable<Run> runs;
  private final LiveTable<MetricRow> metrics;
  private final Models models;
  private final RunQuestions questions;
  private final int bodyBytes;
  private final RunOutlet outlet;
  private final RunSettler settler;
  private final Semaphore places = new Semaphore(MOST_AT_A_TIME);

  /**
   * @param questions makes the prompts of a run
   * @param bodyBytes a body of more is refused
   */
  public RunStartApi(
      KafkaSettings settings,
      SchemaRegistryClient registry,
      LiveTable<Run> runs,
      LiveTable<MetricRow> metrics,
      Models models,
      RunQuestions questions,
      int bodyBytes) {
    this.runs = runs;
    this.metrics = metrics;
    this.models = models;
    this.questions = questions;
    this.bodyBytes = bodyBytes;
    this.outlet = new RunOutlet(settings, registry);
    this.settler = new RunSettler(runs, metrics, outlet);
  }

  /** Begins a run. */
  public void start(Context context) throws InterruptedException {
    if (!places.tryAcquire()) {
      throw Problem.later(Problem.TOO_MANY, "too_many_starts", "%d runs are being started, as many as the gateway takes at a time".formatted(MOST_AT_A_TIME), 2);
    }
    try {
      RunRequest request = RunRequest.read(new Fields(Json.body(context, bodyBytes)), name());
      if (runs.rows().containsKey(request.run())) {
        throw RunOutlet.exists();
      }
      requireKnown(request.models());
      List<Prompt> prompts = prompts(request);
      Run run = announced(request, prompts);
      begin(run, prompts);
      LOG.info("run {} begins: {} prompts for {}", run.getName(), prompts.size(), run.getModels());
      context.header("Location", "/v1/runs/" + run.getName());
      Json.answer(context, CREATED, RunProgress.describe(run, RunsApi.rows(metrics, run.getName()).toList()));
    } finally {
      places.release();
    }
  }

  private static String name() {
    return "http-%s-%s".formatted(LocalDateTime.now(ZoneOffset.UTC).format(TIME), UUID.randomUUID().toString().substring(0, 4));
  }

  private void requireKnown(List<String> names) {
    Set<String> known = models.all().stream().map(Model::getName).collect(Collectors.toSet());
    for (String name : names) {
      if (!known.contains(name)) {
        throw Problem.unknownModels(
            "no worker has ever announced the model '%s'; start one with 'assay worker --model …', or see /v1/models"
                .formatted(name.length() > 100 ? name.substring(0, 100) + "…" : name));
      }
    }
  }

  private List<Prompt> prompts(RunRequest request) {
    List<Prompt> prompts;
    try {
      prompts = questions.of(request);
    } catch (RefusedQuestionsException e) {
      throw Problem.invalid(e.field(), e.getMessage());
    }
    if (prompts.isEmpty() || prompts.size() > MOST_PROMPTS) {
      throw Problem.invalid(
          request.tasks().isEmpty() ? "prompts" : "tasks",
          "the run has %d prompts; expected 1 to %d: set limit, or divide it into several runs".formatted(prompts.size(), MOST_PROMPTS));
    }
    return prompts;
  }

  private static Run announced(RunRequest request, List<Prompt> prompts) {
    Map<String, Long> counts = prompts.stream().collect(Collectors.groupingBy(Prompt::getTask, LinkedHashMap::new, Collectors.counting()));
    return Run.newBuilder()
        .setName(request.run())
        .setCreatedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setState(RunState.RUNNING)
        .setModels(request.models())
        .setTasks(counts.entrySet().stream().map(count -> new TaskPlan(count.getKey(), Math.toIntExact(count.getValue()))).toList())
        .setShots(request.shots())
        .setOrders(request.orders())
        .setSeed(request.seed())
        .setExpected((long) prompts.size() * request.models().size())
        .setNote(RunSettler.STARTED_BY)
        .build();
  }

  /** Whoever is told that a run has begun also finds it at this gateway. */
  private void begin(Run run, List<Prompt> prompts) throws InterruptedException {
    CountDownLatch seen = new CountDownLatch(1);
    try (LiveTable.Subscription _ =
        runs.subscribe(
            change -> {
              if (change.key().equals(run.getName())) {
                seen.countDown();
              }
            })) {
      outlet.begin(run, prompts);
      if (!seen.await(SEEN_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("run {} is in the log, but the table of runs does not show it yet", run.getName());
      }
    }
  }

  @Override
  public void close() {
    settler.close();
  }
}
