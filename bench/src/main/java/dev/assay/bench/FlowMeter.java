package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.records.MetricRow;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.tables.Metrics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** How many verdicts of a run are readable in the tables, at the least cost: rows of other cells are not decoded. For one thread. */
final class FlowMeter implements AutoCloseable {

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<MetricRow> codec;
  private final String wanted;
  private final Map<String, Long> verdicts = new HashMap<>();

  /** From the end of the topic on. */
  FlowMeter(KafkaSettings settings, String run) {
    this.consumer = new KafkaConsumer<>(settings.reader("bench-flow-meter"), new StringDeserializer(), new ByteArrayDeserializer());
    this.codec = RecordCodec.of(Registries.connect(settings.registryUrl()), MetricRow.class);
    this.wanted = run + "|RUN|*|" + Metrics.FLOW_VERDICTS + "|";
    TopicPartition metrics = new TopicPartition(Topics.METRICS, 0);
    consumer.assign(List.of(metrics));
    consumer.seekToEnd(List.of(metrics));
    consumer.position(metrics);
  }

  /** Waits at most so long for rows; the sum over the models of the verdicts counted. */
  long poll(Duration limit) {
    consumer
        .poll(limit)
        .forEach(
            record -> {
              if (record.key().startsWith(wanted)) {
                MetricRow row = codec.decode(record.value());
                verdicts.put(row.getModel(), row.getN());
              }
            });
    return verdicts.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
