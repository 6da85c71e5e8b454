package dev.assay.topology.tables;

import dev.assay.topology.Alarm;
import dev.assay.topology.StoreKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Counts the events of one partition: keeps every prompt's state and the running tally of every slice, and sends the tallies that changed
 * on, all of them at once at every tick; those of analyses at every {@link #ANALYSIS_TICK}.
 *
 * <p>Each tally in the store says whether it waits to be sent, so that neither a crash nor a move to another machine forgets one.
 */
final class CountingProcessor implements Processor<byte[], Event, String, byte[]> {
  /** A few megabytes; a run of 57 tasks and ten models has some hundred slices a model and pair. */
  private static final int RECENT_TALLIES = 4_000;

  /** Analyses have many small slices, each of which changes with every verdict: sent at every tick they would cost more than all else. */
  static final Duration ANALYSIS_TICK = Duration.ofMillis(500);

  private static final Duration ANALYSIS_LOOK = Duration.ofMillis(100);

  private final Beat beat;
  private final Beat analysisBeat = new Beat(ANALYSIS_TICK);
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> prompts;
  private KeyValueStore<String, byte[]> tallies;
  private Alarm alarm;
  private Alarm analysisAlarm;
  private final Set<String> unsent = new LinkedHashSet<>();
  private final Set<String> unsentAnalyses = new LinkedHashSet<>();
  private Recent<Tally> recent;
  private final Map<Slice, Tally> touched = new LinkedHashMap<>();

  CountingProcessor(Duration tick) {
    this.beat = new Beat(tick);
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    this.prompts = context.getStateStore(Tables.PROMPTS_STORE);
    this.tallies = context.getStateStore(Tables.TALLIES_STORE);
    // A task that lost its transaction begins again with the same processor, and with its stores as they were before.
    unsent.clear();
    unsentAnalyses.clear();
    touched.clear();
    try (KeyValueIterator<String, byte[]> all = tallies.all()) {
      all.forEachRemaining(
          entry -> {
            if (!Counted.isSent(entry.value)) {
              (Slice.isAnalysis(entry.key) ? unsentAnalyses : unsent).add(entry.key);
            }
          });
    }
    this.recent = new Recent<>(RECENT_TALLIES);
    this.alarm = new Alarm(context, Beat.LOOK, now -> look(beat, unsent, now));
    this.analysisAlarm = new Alarm(context, ANALYSIS_LOOK, now -> look(analysisBeat, unsentAnalyses, now));
    if (!unsent.isEmpty()) {
      alarm.set();
    }
    if (!unsentAnalyses.isEmpty()) {
      analysisAlarm.set();
    }
  }

  @Override
  public void process(Record<byte[], Event> record) {
    Event event = record.value();
    String key = StoreKey.of(event.run(), event.prompt());
    byte[] kept = prompts.get(key);
    PromptState before = kept == null ? PromptState.NEW : PromptState.fromBytes(kept);
    PromptState after = before.after(event);
    if (after.equals(before)) {
      return;
    }
    prompts.put(key, after.toBytes());
    Contributions.difference(
        event, before, after, (slice, values) -> tally(slice).subtract(values), (slice, values) -> tally(slice).add(values));
    touched.forEach(this::keep);
    touched.clear();
  }

  private Tally tally(Slice slice) {
    Tally tally = touched.get(slice);
    if (tally == null) {
      tally = recent.get(slice.key(), this::load);
      if (slice.isFlow()) {
        Metrics.FLOW.forEach(tally::mention);
      }
      touched.put(slice, tally);
    }
    return tally;
  }

  private Tally load(String key) {
    byte[] kept = tallies.get(key);
    return kept == null ? new Tally() : Partial.fromBytes(Counted.partial(kept)).tally();
  }

  private void keep(Slice slice, Tally tally) {
    String key = slice.key();
    tallies.put(key, Counted.unsent(new Partial(context.taskId().partition(), slice, tally).toBytes()));
    if (slice.isAnalysis()) {
      unsentAnalyses.add(key);
      analysisAlarm.set();
    } else {
      unsent.add(key);
      alarm.set();
    }
  }

  /** Whether anything waits to be sent. */
  private boolean look(Beat beat, Set<String> keys, long now) {
    if (!keys.isEmpty() && beat.isDue(now)) {
      send(keys, now);
      context.commit();
    }
    return !keys.isEmpty();
  }

  private void send(Set<String> keys, long now) {
    for (String key : keys) {
      byte[] partial = Counted.partial(tallies.get(key));
      tallies.put(key, Counted.sent(partial));
      context.forward(new Record<>(Series.keyIn(key), partial, now, new RecordHeaders()));
    }
    keys.clear();
  }
}
