package dev.assay.topology.tables;

import dev.assay.records.MetricRow;
import dev.assay.records.Verdict;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The tables of what is all there, without a stream: the same rows that the tables stage ends with. The order of events, their repetitions
 * and the threads that bring them change no bit. Safe for use by many threads.
 */
public final class StoredTable {

  /** More than threads will ever meet in. */
  private static final int SHARDS = 64;

  private final Shard[] shards = new Shard[SHARDS];
  private final String run;

  /**
   * An empty table.
   *
   * @param run whose
   */
  public StoredTable(String run) {
    this.run = run;
    Arrays.setAll(shards, _ -> new Shard());
  }

  /** A prompt was put to these models. */
  public void asked(String prompt, List<String> models) {
    count(new Event.Asked(run, prompt, models));
  }

  /** A prompt was given up for a model, or for all of them when it is empty. */
  public void lost(String prompt, String model) {
    count(new Event.Lost(run, prompt, model));
  }

  /**
   * A verdict was made.
   *
   * @throws IllegalArgumentException when it holds a number that no table can count; the message names it
   */
  public void judged(Verdict verdict) {
    count(new Event.Answered(run, verdict.getPrompt(), Reading.of(verdict)));
  }

  /** All rows, each once, in an order of their own. */
  public void rows(Consumer<MetricRow> each) {
    Map<Slice, Tally> slices = new HashMap<>();
    for (Shard shard : shards) {
      synchronized (shard) {
        shard.tallies.forEach((slice, tally) -> slices.computeIfAbsent(slice, _ -> new Tally()).add(tally));
      }
    }
    Map<Series, Board> boards = new HashMap<>();
    Set<Sheet> sheets = new LinkedHashSet<>();
    slices.forEach(
        (slice, tally) -> {
          boards.computeIfAbsent(slice.series(), _ -> new Board()).replace(slice, new Tally(), tally);
          sheets.addAll(Sheet.of(slice));
        });
    sheets.forEach(sheet -> rows(sheet, boards.getOrDefault(sheet.series(), new Board()), each));
  }

  private static void rows(Sheet sheet, Board board, Consumer<MetricRow> each) {
    Tally tally = board.tally(sheet);
    tally
        .statistics()
        .forEach(
            (metric, statistic) -> {
              if (tally.shows(metric)) {
                OptionalDouble clusteredError = Metrics.isBounded(metric) ? board.clusteredError(sheet, metric) : OptionalDouble.empty();
                each.accept(Rows.of(sheet, metric, statistic, clusteredError));
              }
            });
  }

  void count(Event event) {
    Shard shard = shards[Math.floorMod(event.prompt().hashCode(), SHARDS)];
    synchronized (shard) {
      shard.count(event);
    }
  }

  /** Some prompts with all that happened to them; what they hold of a prompt is kept as bytes, a tenth of what objects take. */
  private static final class Shard {
    private final Map<String, byte[]> prompts = new HashMap<>();
    private final Map<Slice, Tally> tallies = new HashMap<>();

    void count(Event event) {
      String key = event.prompt();
      byte[] kept = prompts.get(key);
      PromptState before = kept == null ? PromptState.NEW : PromptState.fromBytes(kept);
      PromptState after = before.after(event);
      if (after.equals(before)) {
        return;
      }
      prompts.put(key, after.toBytes());
      Contributions.difference(
          event, before, after, (slice, values) -> tally(slice).subtract(values), (slice, values) -> tally(slice).add(values));
    }

    private Tally tally(Slice slice) {
      Tally tally = tallies.get(slice);
      if (tally == null) {
        tally = new Tally();
        if (slice.isFlow()) {
          Metrics.FLOW.forEach(tally::mention);
        }
        tallies.put(slice, tally);
      }
      return tally;
    }
  }
}
