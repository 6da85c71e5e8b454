package dev.assay.topology.tables;

import dev.assay.records.MetricRow;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Alarm;
import dev.assay.topology.StoreKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalDouble;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Sums the partitions' partials into sheets and writes the rows of those that changed. Per tick it spends at most its budget on rows; what
 * is left waits in the order in which it changed. So a burst makes rows rarer, not the pipeline slower, and the last row of a cell is the
 * same however many came before it.
 */
final class MergingProcessor implements Processor<String, byte[], String, byte[]> {
  /** The sheets of ten models and their 45 pairs, some runs of them; about 30 MB when each has 57 tasks. */
  private static final int RECENT_SERIES = 256;

  private final RecordCodec<MetricRow> rows;
  private final Beat beat;
  private final Duration budget;
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> partials;
  private Marks unsent;
  private Alarm alarm;
  private Recent<Board> recent;

  MergingProcessor(RecordCodec<MetricRow> rows, Duration tick, Duration budget) {
    this.rows = rows;
    this.beat = new Beat(tick);
    this.budget = budget;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    this.partials = context.getStateStore(Tables.PARTIALS_STORE);
    this.unsent = new Marks(context.getStateStore(Tables.CHANGED_STORE));
    this.recent = new Recent<>(RECENT_SERIES);
    this.alarm = new Alarm(context, Beat.LOOK, this::look);
    if (!unsent.isEmpty()) {
      alarm.set();
    }
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Partial now = Partial.fromBytes(record.value());
    Slice slice = now.slice();
    String key = slice.key() + StoreKey.of(Integer.toString(now.partition()));
    byte[] before = partials.get(key);
    if (Arrays.equals(before, record.value())) {
      return;
    }
    partials.put(key, record.value());
    Board board = recent.peek(slice.series().key());
    if (board != null) {
      board.replace(slice, before == null ? new Tally() : Partial.fromBytes(before).tally(), now.tally());
    }
    Sheet.of(slice).forEach(sheet -> unsent.add(sheet.key()));
    alarm.set();
  }

  /** Whether anything waits to be sent. */
  private boolean look(long now) {
    if (!unsent.isEmpty() && beat.isDue(now)) {
      send(now);
    }
    return !unsent.isEmpty();
  }

  private void send(long now) {
    long started = System.nanoTime();
    long[] sent = {0};
    unsent.drain(
        key -> {
          if (sent[0] > 0 && System.nanoTime() - started > budget.toNanos()) {
            return false;
          }
          write(Sheet.ofKey(key), now);
          sent[0]++;
          return true;
        });
    if (sent[0] > 0) {
      context.commit();
    }
  }

  /** A cell that holds nothing any more, since a verdict was corrected, is deleted: as if it had never been. */
  private void write(Sheet sheet, long now) {
    Board board = recent.get(sheet.series().key(), this::load);
    Tally tally = board.tally(sheet);
    tally
        .statistics()
        .forEach(
            (metric, statistic) -> {
              OptionalDouble clusteredError = Metrics.isBounded(metric) ? board.clusteredError(sheet, metric) : OptionalDouble.empty();
              MetricRow row = Rows.of(sheet, metric, statistic, clusteredError);
              byte[] bytes = tally.shows(metric) ? rows.encode(Topics.METRICS, row) : null;
              context.forward(new Record<>(MetricKey.of(row).toString(), bytes, now, new RecordHeaders()));
            });
  }

  private Board load(String seriesKey) {
    Board board = new Board();
    try (StringSerializer serializer = new StringSerializer();
        KeyValueIterator<String, byte[]> all = partials.prefixScan(seriesKey, serializer)) {
      all.forEachRemaining(
          entry -> {
            Partial partial = Partial.fromBytes(entry.value);
            board.replace(partial.slice(), new Tally(), partial.tally());
          });
    }
    return board;
  }
}
