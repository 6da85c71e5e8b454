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
    Arrays.stream(shards)
        .parallel()
        .map(Shard::tallies)
        .forEachOrdered(tallies -> tallies.forEach((slice, tally) -> slices.computeIfAbsent(slice, _ -> new Tally()).add(tally)));
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
    shards[Math.floorMod(event.prompt().hashCode(), SHARDS)].keep(event);
  }

  /**
   * Some prompts with all that happened to them, as bytes, a tenth of what objects take. They are counted once all is there: a stream has to
   * take back with every verdict what it said before, and that is half of its work.
   */
  private static final class Shard {
    private final Map<String, byte[]> prompts = new HashMap<>();

    void keep(Event event) {
      byte[] more = event.toBytes();
      synchronized (this) {
        prompts.merge(event.prompt(), new BinaryWriter().putBytes(more).toBytes(), Shard::both);
      }
    }

    synchronized Map<Slice, Tally> tallies() {
      Map<Slice, Tally> tallies = new HashMap<>();
      prompts.values().forEach(events -> count(new BinaryReader(events), tallies));
      return tallies;
    }

    private static void count(BinaryReader events, Map<Slice, Tally> tallies) {
      PromptState state = PromptState.NEW;
      String run = "";
      while (events.hasMore()) {
        Event event = Event.fromBytes(events.getBytes());
        run = event.run();
        state = state.after(event);
      }
      Contributions.of(run, state, (slice, values) -> tallies.computeIfAbsent(slice, Shard::tally).add(values));
    }

    private static Tally tally(Slice slice) {
      Tally tally = new Tally();
      if (slice.isFlow()) {
        Metrics.FLOW.forEach(tally::mention);
      }
      return tally;
    }

    private static byte[] both(byte[] first, byte[] second) {
      byte[] all = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, all, first.length, second.length);
      return all;
    }
  }
}
