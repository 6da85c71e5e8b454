package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.tables.Metrics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads every committed row of the metrics topic in its order, keeps the latest of each cell, forgets what a row without a value takes back, and holds every flow sheet against invariant
 * 2: prompts = verdicts + dead letters + pending, none below 0, prompts and verdicts never fewer than before. For one thread.
 */
public final class MetricsWatch implements AutoCloseable {

  private static final int WIRE_HEADER_BYTES = 5;
  private static final Duration A_MOMENT = Duration.ofMillis(20);
  private static final List<String> FLOW =
      List.of(Metrics.FLOW_DEAD_LETTERS, Metrics.FLOW_PENDING, Metrics.FLOW_PROMPTS, Metrics.FLOW_VERDICTS);

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<MetricRow> codec;
  private final Map<String, Map<Expectation.Cell, MetricRow>> cells = new HashMap<>();
  private final Map<String, Expectation.Cell> cellByKey = new HashMap<>();
  private final Map<String, SortedMap<String, String>> tables = new HashMap<>();
  private final Map<String, FlowSheet> open = new HashMap<>();
  private final Map<String, FlowSheet> last = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private long flowSheets;

  /** The four counters of a model in a run, as they were written together. */
  private record FlowSheet(Map<String, Long> counts) {
    long of(String metric) {
      return counts.getOrDefault(metric, 0L);
    }
  }

  private MetricsWatch(KafkaConsumer<String, byte[]> consumer, RecordCodec<MetricRow> codec) {
    this.consumer = consumer;
    this.codec = codec;
  }

  /** Begins at the beginning of the topic. */
  public static MetricsWatch open(KafkaSettings settings) {
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings.reader("bench-metrics-watch"), new StringDeserializer(), new ByteArrayDeserializer());
    TopicPartition metrics = new TopicPartition(Topics.METRICS, 0);
    consumer.assign(List.of(metrics));
    consumer.seekToBeginning(List.of(metrics));
    return new MetricsWatch(consumer, RecordCodec.of(Registries.connect(settings.registryUrl()), MetricRow.class));
  }

  /** Reads what is there now, waiting a moment for the first row. */
  public MetricsWatch poll() {
    consumer.poll(A_MOMENT).forEach(this::keep);
    return this;
  }

  /** Reads all that is committed. */
  public MetricsWatch catchUp() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      poll();
    }
    return this;
  }

  /** Whether every count of an expectation is reached in what was read. */
  public boolean isComplete(Expectation expected) {
    Map<Expectation.Cell, MetricRow> rows = rows(expected.run());
    return expected.counts().entrySet().stream()
        .allMatch(count -> counted(rows, count.getKey()) == count.getValue());
  }

  /** The count of a cell; -1 without one; of a cell without a task the sum over its scope. */
  private static long counted(Map<Expectation.Cell, MetricRow> rows, Expectation.Cell cell) {
    if (!cell.task().isEmpty()) {
      return rows.containsKey(cell) ? rows.get(cell).getN() : -1;
    }
    return rows.entrySet().stream()
        .filter(
            row ->
                row.getKey().scope() == cell.scope() && row.getKey().model().equals(cell.model()) && row.getKey().metric().equals(cell.metric()))
        .mapToLong(row -> row.getValue().getN())
        .sum();
  }

  /** What is missing of an expectation, a line each, for people. */
  public List<String> missing(Expectation expected) {
    Map<Expectation.Cell, MetricRow> rows = rows(expected.run());
    return expected.counts().entrySet().stream()
        .filter(count -> counted(rows, count.getKey()) != count.getValue())
        .map(count -> "%s: got %d, expected %d".formatted(count.getKey(), counted(rows, count.getKey()), count.getValue()))
        .sorted()
        .toList();
  }

  /** The latest rows of a run by cell. */
  public Map<Expectation.Cell, MetricRow> rows(String run) {
    return Collections.unmodifiableMap(cells.getOrDefault(run, Map.of()));
  }

  /** A flow counter of a model, summed over nothing; 0 when no row has come. */
  public long flow(String run, String model, String metric) {
    MetricRow row = rows(run).get(new Expectation.Cell(model, "", Scope.RUN, "*", metric));
    return row == null ? 0 : row.getN();
  }

  /**
   * A run's table as it lies in the topic: key without the run → the value's Avro bytes without header and run, in hexadecimal, before
   * them the row for people. Computing times are left out; all else depends on the answers alone.
   */
  public SortedMap<String, String> table(String run) {
    return Collections.unmodifiableSortedMap(tables.getOrDefault(run, new TreeMap<>()));
  }

  /** What broke invariant 2; empty when nothing has. */
  public List<String> violations() {
    return Collections.unmodifiableList(violations);
  }

  /** How many flow sheets were held against invariant 2. */
  public long flowSheets() {
    return flowSheets;
  }

  private void keep(ConsumerRecord<String, byte[]> record) {
    int bar = record.key().indexOf('|');
    String key = record.key().substring(bar);
    if (record.value() == null) {
      String run = record.key().substring(0, bar);
      cells.getOrDefault(run, new HashMap<>()).remove(cellByKey.remove(record.key()));
      tables.getOrDefault(run, new TreeMap<>()).remove(key);
      return;
    }
    MetricRow row = codec.decode(record.value());
    Expectation.Cell cell = Expectation.Cell.of(row);
    cells.computeIfAbsent(row.getRun(), _ -> new HashMap<>()).put(cell, row);
    cellByKey.put(record.key(), cell);
    if (!row.getMetric().equals(Metrics.COMPUTE_MICROSECONDS)) {
      tables.computeIfAbsent(row.getRun(), _ -> new TreeMap<>()).put(key, shown(row) + " " + body(record.value()));
    }
    if (FLOW.contains(row.getMetric())) {
      flow(row, record.offset());
    }
  }

  private static String shown(MetricRow row) {
    return "n=%d mean=%s [%s, %s]".formatted(row.getN(), row.getMean(), row.getLow(), row.getHigh());
  }

  /** The run is the row's first field: a length, as Avro writes a long, and that many bytes. */
  private static String body(byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value).position(WIRE_HEADER_BYTES);
    long length = 0;
    int shift = 0;
    byte part;
    do {
      part = in.get();
      length |= (part & 0x7fL) << shift;
      shift += 7;
    } while (part < 0);
    int from = in.position() + Math.toIntExact(length >>> 1);
    return HexFormat.of().formatHex(value, from, value.length);
  }

  private void flow(MetricRow row, long offset) {
    String whose = row.getRun() + "|" + row.getModel();
    FlowSheet sheet = open.computeIfAbsent(whose, _ -> new FlowSheet(new HashMap<>()));
    sheet.counts().put(row.getMetric(), row.getN());
    if (sheet.counts().size() < FLOW.size()) {
      return;
    }
    open.remove(whose);
    flowSheets++;
    FlowSheet before = last.put(whose, sheet);
    long prompts = sheet.of(Metrics.FLOW_PROMPTS);
    long verdicts = sheet.of(Metrics.FLOW_VERDICTS);
    long parts = verdicts + sheet.of(Metrics.FLOW_DEAD_LETTERS) + sheet.of(Metrics.FLOW_PENDING);
    boolean holds = prompts == parts && sheet.counts().values().stream().allMatch(count -> count >= 0);
    boolean shrank = before != null && (prompts < before.of(Metrics.FLOW_PROMPTS) || verdicts < before.of(Metrics.FLOW_VERDICTS));
    if (!holds || shrank) {
      violations.add(
          "%s at %s/0/%d: got %s after %s; expected prompts = verdicts + dead letters + pending, none below 0, none fewer than before"
              .formatted(whose, Topics.METRICS, offset, sheet.counts(), before == null ? "nothing" : before.counts()));
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
