package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Registries;
import dev.assay.topology.StreamsService;
import dev.assay.topology.ballot.Ballot;
import dev.assay.topology.intake.Intake;
import dev.assay.topology.tables.Tables;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.streams.Topology;

/** The stream stages in the order of the flow. */
public enum PipelineStage {
  /** Prompts to requests. */
  INTAKE(Intake.APPLICATION_ID),
  /** Answers to verdicts. */
  BALLOT(Ballot.APPLICATION_ID),
  /** Verdicts to rows. */
  TABLES(Tables.APPLICATION_ID);

  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(50);

  private final String applicationId;

  PipelineStage(String applicationId) {
    this.applicationId = applicationId;
  }

  /** An instance that has not begun. */
  public StreamsService service(KafkaSettings settings, String instance, int threads) {
    return new StreamsService(
        applicationId,
        topology(Registries.connect(settings.registryUrl())),
        settings.streams(applicationId, applicationId + "-" + instance, COMMIT_INTERVAL, threads));
  }

  private Topology topology(SchemaRegistryClient registry) {
    return switch (this) {
      case INTAKE -> new Intake(registry, List.of()).topology();
      case BALLOT -> new Ballot(registry).topology();
      case TABLES -> new Tables(registry, List.of()).topology();
    };
  }

  /** What a worker needs to know of the broker. */
  static Map<String, Object> clients(KafkaSettings settings) {
    return Map.of(
        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers(), CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
  }
}
