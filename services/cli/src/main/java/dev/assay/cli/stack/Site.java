package dev.assay.cli.stack;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayException;
import dev.assay.gateway.GatewayOptions;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Model;
import dev.assay.records.TaskType;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.routing.RouterSettings;
import dev.assay.topology.scoring.TaskTyping;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * A stack as one command uses it: broker and registry, found or started; the stages that nobody else runs; the workers of models that
 * nobody else serves. Closing ends what was started, in the order of the flow, and leaves the rest alone.
 */
public final class Site implements AutoCloseable {

  private static final Duration STAGES_LIMIT = Duration.ofSeconds(60);

  /** A large model is read from a slow disk in that time. */
  private static final Duration WORKER_LIMIT = Duration.ofMinutes(10);

  /** A process that was killed counts as a member of its group until its session ends; its stages are then taken over. */
  private static final Duration STAGES_SEEN = Duration.ofSeconds(5);

  private static final Duration A_MOMENT = Duration.ofMillis(200);
  private static final String INSTANCE = "1";

  private final Stack stack;
  private final boolean owned;
  private final SchemaRegistryClient registry;
  private final Fleet fleet;
  private Set<Stage> wantedStages = EnumSet.noneOf(Stage.class);
  private @Nullable StageGroup stages;
  private @Nullable Gateway gateway;
  private long stagesSeenNanos = System.nanoTime();

  private Site(Stack stack, boolean owned, StackChoice choice) {
    this.stack = stack;
    this.owned = owned;
    this.registry = Registries.connect(stack.settings().registryUrl());
    this.fleet = new Fleet(stack.settings(), choice.logs());
  }

  /** Finds the stack that runs or starts one, with its topics and schemas; no stage and no worker yet. */
  public static Site open(StackChoice choice, StackOptions options) {
    Stack running = choice.running().orElse(null);
    Stack stack = running == null ? Stack.embedded(choice.directory(), options) : running;
    Site site = new Site(stack, running == null, choice);
    try {
      stack.ensureCatalogue();
      Registries.registerSchemas(site.registry);
      return site;
    } catch (RuntimeException e) {
      site.close();
      throw e;
    }
  }

  /** What kind of question a text asks, as the intake tells it of a prompt that does not say so. */
  public static TaskType typeOf(String text) {
    return TaskTyping.of(null, text).taskType();
  }

  /** Addresses and client settings. */
  public KafkaSettings settings() {
    return stack.settings();
  }

  /** The registry's client. */
  public SchemaRegistryClient registry() {
    return registry;
  }

  /** Broker and registry. */
  public Stack stack() {
    return stack;
  }

  /** Whether this process has started broker and registry. */
  public boolean isOwned() {
    return owned;
  }

  /** The workers. */
  public Fleet fleet() {
    return fleet;
  }

  /** Opens a topic as a table. */
  public <T extends SpecificRecord> TopicView<T> view(String topic, Class<T> type) {
    return TopicView.open(settings(), registry, topic, type);
  }

  /** Hands every record that a topic holds now to {@code reader}; see {@link TopicScan}. */
  public <T extends SpecificRecord> void scan(String topic, Class<T> type, Consumer<T> reader) {
    TopicScan.each(settings(), registry, topic, type, (record, _) -> reader.accept(record));
  }

  /** The same, with the time of each. */
  public <T extends SpecificRecord> void scanRecords(String topic, Class<T> type, BiConsumer<T, Instant> reader) {
    TopicScan.each(settings(), registry, topic, type, reader);
  }

  /**
   * Begins to run the usual stages that no process runs, and routing where it is wanted; they are at work after {@link #awaitStages}.
   *
   * @param routing how routing decides; empty when it is not wanted
   */
  public void startStages(int threads, Optional<RouterSettings> routing) {
    wantedStages = EnumSet.copyOf(Stage.USUAL);
    routing.ifPresent(_ -> wantedStages.add(Stage.ROUTING));
    Set<Stage> mine = owned ? wantedStages : stagesThatNobodyRuns();
    stages = StageGroup.start(settings(), mine, INSTANCE, threads, routing.orElse(RouterSettings.DEFAULT));
  }

  /** Waits until the stages of this process are at work. */
  public void awaitStages() throws InterruptedException {
    if (stages != null) {
      stages.awaitRunning(STAGES_LIMIT);
    }
  }

  /** Starts a worker for each model that nobody serves; they are at work after {@link #awaitWorkers}. */
  public void startWorkers(List<NamedModel> models) {
    // A broker that has just begun knows no members of any group but those of its last life, who are gone.
    models.stream().filter(model -> owned || !fleet.isServed(model.name())).forEach(fleet::start);
  }

  /**
   * Waits until every model is announced by a worker that serves it.
   *
   * @throws CommandFailure when a worker of this process does not start, or the end is wished for
   */
  public void awaitWorkers(List<NamedModel> models, Interruption interruption) {
    long deadline = System.nanoTime() + WORKER_LIMIT.toNanos();
    try (TopicView<Model> announced = view(Topics.MODELS, Model.class).catchUp()) {
      while (true) {
        List<String> missing = missing(models, announced.rows());
        if (missing.isEmpty()) {
          return;
        }
        if (interruption.requested()) {
          throw new CommandFailure("ended before the models were loaded: " + missing);
        }
        if (System.nanoTime() > deadline) {
          throw new CommandFailure("not announced within %d s: %s".formatted(WORKER_LIMIT.toSeconds(), missing));
        }
        tend();
        announced.poll(A_MOMENT);
      }
    }
  }

  /**
   * Starts a gateway beside the rest, if this site has none yet.
   *
   * @param port where it is to listen; when empty, the standard port if that is free, else any
   * @param benchmarks whose tasks clients may have evaluated
   * @return its address
   * @throws dev.assay.gateway.GatewayException when the port that was asked for is taken
   */
  public String startGateway(OptionalInt port, Benchmarks benchmarks) {
    if (gateway != null) {
      return gateway.address();
    }
    Gateway started;
    try {
      started = Gateway.start(settings(), gatewayOn(port.orElse(GatewayOptions.STANDARD_PORT), benchmarks));
    } catch (GatewayException e) {
      if (port.isPresent()) {
        throw e;
      }
      started = Gateway.start(settings(), gatewayOn(0, benchmarks));
    }
    gateway = started;
    return started.address();
  }

  private static GatewayOptions gatewayOn(int port, Benchmarks benchmarks) {
    return GatewayOptions.onPort(port, Site::typeOf).withQuestions(new RequestedQuestions(benchmarks));
  }

  private List<String> missing(List<NamedModel> models, Map<String, Model> announced) {
    List<String> missing = new ArrayList<>();
    for (NamedModel model : models) {
      Model found = announced.get(model.name());
      boolean mine = fleet.models().contains(model.name());
      if (found == null || (mine && !found.getWorker().equals(Fleet.workerId(model)))) {
        missing.add(model.name());
      }
    }
    return missing;
  }

  /**
   * Looks after what this process has started.
   *
   * @throws CommandFailure when a stage has stopped, or workers end again and again
   */
  public void tend() {
    if (stages != null) {
      stages.requireAlive();
      if (!owned && System.nanoTime() - stagesSeenNanos > STAGES_SEEN.toNanos()) {
        stages.add(stagesThatNobodyRuns());
        stagesSeenNanos = System.nanoTime();
      }
    }
    fleet.tend();
    if (owned && !partsAlive()) {
      stack.restartEnded();
    }
  }

  private boolean partsAlive() {
    return stack.broker().map(broker -> broker.process().isAlive()).orElse(true)
        && stack.registry().map(part -> part.process().isAlive()).orElse(true);
  }

  private Set<Stage> stagesThatNobodyRuns() {
    Set<Stage> missing = EnumSet.noneOf(Stage.class);
    List<String> groups = wantedStages.stream().map(Stage::applicationId).toList();
    try (Admin admin = Admin.create(settings().admin("assay-site"))) {
      Map<String, KafkaFuture<ConsumerGroupDescription>> described = admin.describeConsumerGroups(groups).describedGroups();
      for (Stage stage : wantedStages) {
        if (!hasMembers(described.get(stage.applicationId()))) {
          missing.add(stage);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while the stages' groups were described", e);
    }
    return missing;
  }

  private static boolean hasMembers(@Nullable KafkaFuture<ConsumerGroupDescription> group) throws InterruptedException {
    try {
      return group != null && !group.get().members().isEmpty();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw new CommandFailure("the broker did not describe a stage's group: " + e.getCause().getMessage(), e);
    }
  }

  @Override
  public void close() {
    // The resources close from the last to the first: workers, gateway, stages, then what they stand on.
    try (Stack _ = owned ? stack : null;
        StageGroup _ = stages;
        Gateway _ = gateway) {
      fleet.close();
    }
  }
}
