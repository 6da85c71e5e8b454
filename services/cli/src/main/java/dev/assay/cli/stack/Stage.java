package dev.assay.cli.stack;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Registries;
import dev.assay.topology.StreamsService;
import dev.assay.topology.ballot.Ballot;
import dev.assay.topology.intake.Intake;
import dev.assay.topology.routing.RouterSettings;
import dev.assay.topology.routing.Routing;
import dev.assay.topology.tables.Tables;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;

/** The stream stages, in the order of the flow. */
public enum Stage {
  /** Prompts to requests. */
  INTAKE(Intake.APPLICATION_ID),
  /** Answers to verdicts. */
  BALLOT(Ballot.APPLICATION_ID),
  /** Verdicts to metric rows. */
  TABLES(Tables.APPLICATION_ID),
  /** Metric rows to routes, and verdicts to those of all models together and of the router. */
  ROUTING(Routing.APPLICATION_ID);

  /** What every stack runs; routing makes four verdicts more of each prompt that asks several models, so it runs where it is asked for. */
  public static final Set<Stage> USUAL = Collections.unmodifiableSet(EnumSet.of(INTAKE, BALLOT, TABLES));

  /** Short enough for a table that moves, long enough that transactions hold many records under load. */
  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(35);

  /** Tables ask for a commit when they have sent something; between these, their counting may wait. */
  private static final Duration TABLES_COMMIT_INTERVAL = Duration.ofMillis(100);

  private final String applicationId;

  Stage(String applicationId) {
    this.applicationId = applicationId;
  }

  /** The stage's Streams application. */
  public String applicationId() {
    return applicationId;
  }

  /**
   * Prepares an instance of the stage; nothing runs yet.
   *
   * @param instance tells instances on one machine apart; they share the stage's work
   * @param threads stream threads, 1 or more
   */
  public StreamsService service(KafkaSettings settings, String instance, int threads) {
    return service(settings, instance, threads, RouterSettings.DEFAULT);
  }

  /**
   * The same.
   *
   * @param routing how it decides, if it is the routing stage
   */
  public StreamsService service(KafkaSettings settings, String instance, int threads, RouterSettings routing) {
    Properties config =
        settings.streams(applicationId, applicationId + "-" + instance, this == TABLES ? TABLES_COMMIT_INTERVAL : COMMIT_INTERVAL, threads);
    if (this == TABLES) {
      // They count alike whichever of their topics is read first, so they need not wait for one that they know to have more.
      config.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    }
    return new StreamsService(applicationId, topology(Registries.connect(settings.registryUrl()), routing, config), config);
  }

  private Topology topology(SchemaRegistryClient registry, RouterSettings routing, Properties config) {
    if (!config.containsKey(StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG)) {
      return switch (this) {
        case INTAKE -> new Intake(registry, List.of()).topology();
        case BALLOT -> new Ballot(registry).topology();
        case TABLES -> new Tables(registry, List.of()).topology();
        case ROUTING -> new Routing(registry, routing).topology();
      };
    }
    // Processors are wrapped while the topology is drawn, not when it is run.
    TopologyConfig wrapping = new TopologyConfig(new StreamsConfig(config));
    return switch (this) {
      case INTAKE -> new Intake(registry, List.of()).topology(wrapping);
      case BALLOT -> new Ballot(registry).topology(wrapping);
      case TABLES -> new Tables(registry, List.of()).topology(wrapping);
      case ROUTING -> new Routing(registry, routing).topology(wrapping);
    };
  }
}
