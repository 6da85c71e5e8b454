package dev.assay.cli.plans;

import dev.assay.benchmarks.BenchmarkFileException;
import dev.assay.benchmarks.UnknownTaskException;
import dev.assay.cli.evaluation.PromptOutlet;
import dev.assay.cli.stack.TopicScan;
import dev.assay.platform.Health;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TopicView;
import dev.assay.records.Checkpoint;
import dev.assay.records.EvaluationState;
import dev.assay.records.Model;
import dev.assay.records.Plan;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link Planner} wants. Of several planners on one log one is at work, which the only partition of the plans decides; the
 * others wait to take over. A decision is written before its questions, so that whoever takes over asks those that are not on the log yet.
 */
public final class PlannerService implements Runnable, AutoCloseable {

  /** The consumer group whose member with the plans' partition is at work. */
  public static final String GROUP = "assay-planner";

  private static final Logger LOG = LoggerFactory.getLogger(PlannerService.class);
  private static final Duration LOOK = Duration.ofMillis(50);

  /** While nothing is asked; a checkpoint's event ends the wait. */
  private static final Duration IDLE_LOOK = Duration.ofMillis(250);

  /** A planner that was killed is missed for so long. */
  private static final Duration TAKEN_OVER_AFTER = Duration.ofSeconds(10);

  /** Longer than the questions of a large benchmark take to be read. */
  private static final Duration LONGEST_END = Duration.ofSeconds(30);

  private static final Duration BEFORE_THE_NEXT_TRY = Duration.ofSeconds(1);

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final Planner planner;
  private final Consumer<String> teller;
  private @Nullable Thread thread;
  private volatile boolean stopping;
  private volatile Standing standing = new Standing(State.STARTING, "does not know the plans yet");
  private volatile int running;

  /** What a planner does. */
  private enum State {
    STARTING,
    WAITING,
    AT_WORK,
    FAILING
  }

  private record Standing(State state, String detail) {}

  /**
   * A planner that is not at work yet.
   *
   * @param teller is told in a line what was decided
   */
  private PlannerService(KafkaSettings settings, Planner planner, Consumer<String> teller) {
    this.settings = settings;
    this.registry = Registries.connect(settings.registryUrl());
    this.planner = planner;
    this.teller = teller;
  }

  /** Starts a planner in a thread of its own, which ends when it is closed. */
  public static PlannerService start(KafkaSettings settings, Consumer<String> teller) {
    return start(settings, new Planner(Planner.USUAL_WINDOW), teller);
  }

  /** The same, with another planner. */
  public static PlannerService start(KafkaSettings settings, Planner planner, Consumer<String> teller) {
    PlannerService service = new PlannerService(settings, planner, teller);
    service.thread = Thread.ofPlatform().name("assay-planner").daemon().start(service);
    return service;
  }

  /** Works until it is closed, through whatever outages. */
  @Override
  public void run() {
    while (!stopping) {
      try (KafkaConsumer<byte[], byte[]> lease =
          new KafkaConsumer<>(leaseSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        lease.subscribe(List.of(Topics.PLANS));
        whileHeld(lease);
      } catch (RuntimeException e) {
        // Whatever it was, the log has what is needed to go on.
        if (!stopping) {
          LOG.warn("The planner cannot go on; it tries again.", e);
          standing = new Standing(State.FAILING, "cannot go on and tries again: " + e.getMessage());
          pause();
        }
      }
    }
  }

  private Properties leaseSettings() {
    Properties lease = settings.consumer(GROUP, "assay-planner");
    lease.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) TAKEN_OVER_AFTER.toMillis());
    return lease;
  }

  private void whileHeld(KafkaConsumer<byte[], byte[]> lease) {
    Work work = null;
    try {
      while (!stopping) {
        lease.poll(work == null ? LOOK : Duration.ZERO);
        if (lease.assignment().isEmpty()) {
          if (work != null) {
            work.close();
            work = null;
          }
          standing = new Standing(State.WAITING, "waits for its turn; another planner is at work, or it has just begun");
        } else {
          if (work == null) {
            work = new Work();
          }
          work.look();
          standing = new Standing(State.AT_WORK, "follows the plans");
        }
      }
    } finally {
      if (work != null) {
        work.close();
      }
    }
  }

  /** Whether it does its part: it follows the plans, or waits to take over from the one that does. */
  public Health health() {
    Standing now = standing;
    return new Health("planner", now.state() == State.AT_WORK || now.state() == State.WAITING, now.detail(), Duration.ZERO);
  }

  /** Whether it is the one that follows the plans. */
  public boolean isAtWork() {
    return standing.state() == State.AT_WORK;
  }

  /** Evaluations that it has begun or taken over and that have not ended; 0 unless it is at work. */
  public int running() {
    return isAtWork() ? running : 0;
  }

  private void pause() {
    try {
      Thread.sleep(BEFORE_THE_NEXT_TRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
  }

  /** Lets it finish what it is writing, and ends it. */
  @Override
  public void close() {
    stopping = true;
    Thread running = thread;
    if (running != null) {
      try {
        running.join(LONGEST_END);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The questions of a plan as it was when they were read. */
  private record Read(Plan plan, PlanQuestions questions) {}

  /** What the planner at work knows, and writes. */
  private final class Work implements AutoCloseable {

    private final Announced announced = new Announced();
    private final Map<String, PlannedEvaluation> evaluations;
    private final Map<String, Read> questions = new HashMap<>();
    private final TopicView<Plan> plans = TopicView.open(settings, registry, Topics.PLANS, Plan.class);
    private final TopicView<Checkpoint> checkpoints = TopicView.open(settings, registry, Topics.CHECKPOINTS, Checkpoint.class);
    private final TopicView<Model> models = TopicView.open(settings, registry, Topics.MODELS, Model.class);
    private final FlowCounts flow = new FlowCounts(settings, registry);
    private final Set<Plan> refused = new HashSet<>();
    private final PlanOutlet outlet = new PlanOutlet(settings, registry);
    private final PromptOutlet prompts = new PromptOutlet(settings, registry);

    Work() {
      try (TopicView<PlannedEvaluation> decided = TopicView.open(settings, registry, Topics.EVALUATIONS, PlannedEvaluation.class)) {
        evaluations = new TreeMap<>(decided.catchUp().rows());
      }
      plans.catchUp();
      checkpoints.onChange(announced::take).catchUp();
      models.catchUp();
      resume();
      LOG.info("The planner is at work: {} plans, {} evaluations begun before.", plans.rows().size(), evaluations.size());
    }

    /** One look at what is new, and all that follows from it. */
    void look() {
      checkpoints.poll(isRunning() ? LOOK : IDLE_LOOK);
      plans.poll(Duration.ZERO);
      models.poll(Duration.ZERO);
      running = Math.toIntExact(evaluations.values().stream().filter(one -> one.getState() == EvaluationState.RUNNING).count());
      if (plans.rows().isEmpty() && running == 0) {
        return;
      }
      Planner.Knowledge known =
          new Planner.Knowledge(
              sound(), announced, models.rows(), evaluations, running > 0 ? flow.look() : Map.of(), Instant.now().truncatedTo(ChronoUnit.MILLIS));
      planner.next(known).forEach(this::carryOut);
    }

    private boolean isRunning() {
      return evaluations.values().stream().anyMatch(one -> one.getState() == EvaluationState.RUNNING);
    }

    /** The plans that can be followed; of one that cannot, which another program wrote, the log says why, once. */
    private Map<String, Plan> sound() {
      Map<String, Plan> sound = new TreeMap<>();
      plans
          .rows()
          .forEach(
              (name, plan) -> {
                Optional<String> fault = Planner.fault(name, plan);
                if (fault.isEmpty()) {
                  sound.put(name, plan);
                } else if (refused.add(plan)) {
                  LOG.warn("The plan {} is not followed: {}", name, fault.get());
                  teller.accept("plan %s is not followed: %s".formatted(name, fault.get()));
                }
              });
      return sound;
    }

    /** What a planner that ended before could not say any more: how many questions the log has. */
    private void resume() {
      Map<String, Set<String>> written = new HashMap<>();
      evaluations.values().stream().filter(one -> one.getState() == EvaluationState.RUNNING).forEach(one -> written.put(one.getRun(), new HashSet<>()));
      if (written.isEmpty()) {
        return;
      }
      TopicScan.each(
          settings,
          registry,
          Topics.PROMPTS,
          Prompt.class,
          (prompt, _) -> {
            Set<String> ofRun = written.get(prompt.getRun());
            if (ofRun != null) {
              ofRun.add(prompt.getId());
            }
          });
      written.forEach(
          (run, ids) -> {
            PlannedEvaluation one = Objects.requireNonNull(evaluations.get(run));
            if (ids.size() > one.getAsked()) {
              keep(PlannedEvaluation.newBuilder(one).setAsked(Math.min(ids.size(), one.getQuestions())).build());
            }
          });
    }

    private void carryOut(Action action) {
      switch (action) {
        case Action.Begin begin -> begin(begin.evaluation());
        case Action.Ask ask -> ask(ask.evaluation(), ask.from());
        case Action.Note note -> {
          keep(note.evaluation());
          if (note.evaluation().getState() != EvaluationState.RUNNING) {
            writeRun(note.evaluation());
          }
          tell(note.evaluation());
        }
      }
    }

    private void begin(PlannedEvaluation evaluation) {
      PlannedEvaluation begun;
      try {
        PlanQuestions read = questions(evaluation);
        begun = PlannedEvaluation.newBuilder(evaluation).setQuestions(read.prompts().size()).setQuestionsSha256(read.sha256()).build();
      } catch (BenchmarkFileException | UnknownTaskException | IllegalArgumentException e) {
        begun = PlannedEvaluation.newBuilder(evaluation).setState(EvaluationState.FAILED).setReason("its questions: " + e.getMessage()).build();
      }
      keep(begun);
      writeRun(begun);
      tell(begun);
    }

    private void ask(PlannedEvaluation evaluation, int from) {
      PlanQuestions read;
      try {
        read = questions(evaluation);
      } catch (BenchmarkFileException | UnknownTaskException | IllegalArgumentException e) {
        carryOut(new Action.Note(failed(evaluation, from, "its questions: " + e.getMessage())));
        return;
      }
      if (!read.sha256().equals(evaluation.getQuestionsSha256())) {
        carryOut(new Action.Note(failed(evaluation, from, "its questions are not those that it began with; the files or the plan have changed since")));
        return;
      }
      if (evaluation.getServed().isEmpty()) {
        throw new IllegalStateException("questions are asked of nobody: " + evaluation);
      }
      prompts.write(read.of(evaluation.getRun(), evaluation.getCheckpoint(), from, evaluation.getAsked()));
      keep(evaluation);
    }

    private static PlannedEvaluation failed(PlannedEvaluation evaluation, int asked, String reason) {
      return PlannedEvaluation.newBuilder(evaluation).setAsked(asked).setState(EvaluationState.FAILED).setReason(reason).build();
    }

    private PlanQuestions questions(PlannedEvaluation evaluation) {
      Plan plan = Objects.requireNonNull(plans.rows().get(evaluation.getPlan()));
      Read read = questions.get(plan.getName());
      if (read == null || !read.plan().equals(plan)) {
        read = new Read(plan, PlanQuestions.read(plan));
        questions.put(plan.getName(), read);
      }
      return read.questions();
    }

    private void keep(PlannedEvaluation evaluation) {
      outlet.write(evaluation);
      evaluations.put(evaluation.getRun(), evaluation);
    }

    /** The run as every other command knows it. */
    private void writeRun(PlannedEvaluation evaluation) {
      boolean running = evaluation.getState() == EvaluationState.RUNNING;
      Read read = questions.get(evaluation.getPlan());
      int asked = running ? evaluation.getQuestions() : evaluation.getAsked();
      Map<String, Long> tasks =
          read == null || !read.questions().sha256().equals(evaluation.getQuestionsSha256())
              ? Map.of()
              : read.questions().prompts().stream().limit(asked).collect(Collectors.groupingBy(Prompt::getTask, TreeMap::new, Collectors.counting()));
      Plan plan = plans.rows().get(evaluation.getPlan());
      prompts.write(
          Run.newBuilder()
              .setName(evaluation.getRun())
              .setCreatedAt(evaluation.getDecidedAt())
              .setState(running ? RunState.RUNNING : evaluation.getState() == EvaluationState.DONE ? RunState.DONE : RunState.STOPPED)
              .setModels(List.of(evaluation.getCheckpoint()))
              .setTasks(tasks.entrySet().stream().map(task -> new TaskPlan(task.getKey(), Math.toIntExact(task.getValue()))).toList())
              .setShots(plan == null ? 0 : plan.getShots())
              .setOrders(plan == null ? "one" : plan.getOrders())
              .setSeed(plan == null ? 0 : plan.getSeed())
              .setExpected(asked)
              .setNote("by plan " + evaluation.getPlan())
              .build());
    }

    private void tell(PlannedEvaluation evaluation) {
      String line =
          evaluation.getState() == EvaluationState.RUNNING && evaluation.getReason().isEmpty()
              ? "%s by plan %s: %,d questions, run %s".formatted(evaluation.getCheckpoint(), evaluation.getPlan(), evaluation.getQuestions(), evaluation.getRun())
              : "%s by plan %s: %s, %,d of %,d questions asked%s"
                  .formatted(
                      evaluation.getCheckpoint(),
                      evaluation.getPlan(),
                      evaluation.getState().name().toLowerCase(Locale.ROOT),
                      evaluation.getAsked(),
                      evaluation.getQuestions(),
                      evaluation.getReason().isEmpty() ? "" : "; " + evaluation.getReason());
      LOG.info("{}", line);
      teller.accept(line);
    }

    @Override
    public void close() {
      try (PromptOutlet _ = prompts;
          PlanOutlet _ = outlet;
          FlowCounts _ = flow;
          TopicView<Model> _ = models;
          TopicView<Checkpoint> _ = checkpoints;
          TopicView<Plan> _ = plans) {
        LOG.info("The planner stops.");
      }
    }
  }
}
