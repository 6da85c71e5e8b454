package dev.assay.cli.plans;

import dev.assay.platform.KafkaSettings;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.tables.Metrics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * How many questions of each run are judged or given up, as the tables count them. Of all their rows only these counters are kept. What it has
 * not read yet is missing, so that it says too few at most. For one thread.
 */
final class FlowCounts implements AutoCloseable {

  private static final Set<String> SETTLED = Set.of(Metrics.FLOW_VERDICTS, Metrics.FLOW_DEAD_LETTERS);

  /** So that whoever looks does not wait for a long log. */
  private static final int MOST_POLLS = 20;

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<MetricRow> codec;
  private final Map<String, Counter> counters = new HashMap<>();

  private record Counter(String run, long n) {}

  FlowCounts(KafkaSettings settings, SchemaRegistryClient registry) {
    this.consumer = new KafkaConsumer<>(settings.reader("assay-planner-flow"), new StringDeserializer(), new ByteArrayDeserializer());
    this.codec = RecordCodec.of(registry, MetricRow.class);
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.METRICS).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** The counts by run, after what has come meanwhile. */
  Map<String, Long> look() {
    ConsumerRecords<String, byte[]> come = consumer.poll(Duration.ZERO);
    for (int polls = 1; !come.isEmpty(); polls++) {
      come.forEach(this::count);
      come = polls < MOST_POLLS ? consumer.poll(Duration.ZERO) : ConsumerRecords.empty();
    }
    return counters.values().stream().collect(Collectors.groupingBy(Counter::run, Collectors.summingLong(Counter::n)));
  }

  private void count(ConsumerRecord<String, byte[]> record) {
    if (record.key() == null) {
      return;
    }
    if (record.value() == null) {
      counters.remove(record.key());
      return;
    }
    try {
      MetricRow row = codec.decode(record.value());
      if (row.getScope() == Scope.RUN && SETTLED.contains(row.getMetric())) {
        counters.put(record.key(), new Counter(row.getRun(), row.getN()));
      }
    } catch (UndecodableRecordException _) {
      // Whoever reads the tables says so; no counter is lost with it.
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
