import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints the rows of a run as they move, until so many answers are judged or given up: {@code Watch.java HOST:PORT REGISTRY RUN ANSWERS}. */
public final class Watch {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  private Watch() {}

  public static void main(String[] args) {
    if (args.length != 4) {
      System.err.println("expected HOST:PORT REGISTRY RUN ANSWERS");
      System.exit(2);
    }
    RecordCodec<MetricRow> codec = RecordCodec.of(Registries.connect(args[1]), MetricRow.class);
    long expected = Long.parseLong(args[3]);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("isolation.level", "read_committed");
    try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      // The topic is compacted: from its beginning it holds the latest row of each cell. No group: nobody shares the work.
      List<TopicPartition> partitions = consumer.partitionsFor(Topics.METRICS).stream().map(one -> new TopicPartition(one.topic(), one.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<String, Long> settled = new HashMap<>();
      long until = System.nanoTime() + LIMIT.toNanos();
      while (settled.values().stream().mapToLong(Long::longValue).sum() < expected) {
        if (System.nanoTime() > until) {
          System.err.println("after " + LIMIT.toSeconds() + " s only " + settled);
          System.exit(1);
        }
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          // A key without a value is a cell that a correction emptied.
          if (record.value() != null) {
            show(codec.decode(record.value()), args[2], settled);
          }
        }
      }
    }
  }

  private static void show(MetricRow row, String run, Map<String, Long> settled) {
    if (!row.getRun().equals(run) || row.getScope() != Scope.RUN) {
      return;
    }
    String metric = row.getMetric();
    if (metric.equals("flow/verdicts") || metric.equals("flow/dead-letters")) {
      settled.put(row.getModel() + " " + metric, row.getN());
    }
    System.out.printf("%s %s n=%d mean=%s low=%s high=%s%n", row.getModel(), metric, row.getN(), row.getMean(), row.getLow(), row.getHigh());
  }
}
