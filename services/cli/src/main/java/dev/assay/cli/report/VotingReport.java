package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.PairedDifference;
import dev.assay.topology.scoring.PositionTally;
import dev.assay.topology.scoring.VotingShift;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What voting changed in a run, by model and task.
 *
 * @param models what changed, by model and task; every model has its whole under {@link #ALL} too
 */
public record VotingReport(SortedMap<Contestant, SortedMap<String, VotingShift>> models) {
  /** Stands for all tasks; sorts behind every task's name. */
  static final String ALL = "~all";

  private static final double ALPHA = 0.05;
  private static final String NOTHING = "–";

  /** The report on the verdicts of a run; generated answers are left out. */
  public static VotingReport of(String run, StandingVerdicts verdicts) {
    SortedMap<Contestant, SortedMap<String, VotingShift>> models = new TreeMap<>();
    for (Contestant contestant : verdicts.contestants()) {
      SortedMap<String, VotingShift> tasks = new TreeMap<>();
      for (Verdict verdict : verdicts.of(contestant).values()) {
        if (contestant.run().equals(run) && verdict.getOutcome() instanceof ChoiceVerdict choice) {
          VotingShift shift = VotingShift.of(choice, verdict.getTokensAsked(), verdict.getTokensComputed());
          tasks.merge(verdict.getTask(), shift, VotingShift::merge);
          tasks.merge(ALL, shift, VotingShift::merge);
        }
      }
      if (!tasks.isEmpty()) {
        models.put(contestant, tasks);
      }
    }
    return new VotingReport(models);
  }

  /** The tables. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (models.isEmpty()) {
      lines.add("No multiple-choice question of this run has a verdict yet.");
    }
    models.forEach(
        (model, tasks) -> {
          lines.add(model.shortName() + ": voting against the published order, in points of 100 [95 % interval]");
          lines.addAll(shifts(tasks));
          lines.addAll(positions(tasks.get(ALL)));
          lines.add("");
        });
    return lines;
  }

  /** The same for programs. */
  public List<Map<String, @Nullable Object>> tree() {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    models.forEach((model, tasks) -> tasks.forEach((task, shift) -> rows.add(row(model, task, shift))));
    return rows;
  }

  private static List<String> shifts(SortedMap<String, VotingShift> tasks) {
    TextTable table =
        new TextTable()
            .words("task")
            .numbers("n")
            .numbers("confidence where right")
            .numbers("confidence where wrong")
            .numbers("accuracy")
            .numbers("orders")
            .numbers("price")
            .numbers("points per 1,000 tokens");
    tasks.forEach(
        (task, shift) ->
            table.row(
                task.equals(ALL) ? "all" : task,
                Long.toString(shift.questions()),
                points(shift.whenRight()),
                points(shift.whenWrong()),
                points(shift.accuracy()),
                String.format(Locale.ROOT, "%.1f", (double) shift.orders() / shift.questions()),
                price(shift).isPresent() ? String.format(Locale.ROOT, "%.2f", price(shift).getAsDouble()) : NOTHING,
                perTokens(shift).isPresent() ? String.format(Locale.ROOT, "%+.2f", perTokens(shift).getAsDouble()) : NOTHING));
    return table.lines();
  }

  private static List<String> positions(VotingShift shift) {
    int options = shift.mostOptions();
    PositionTally before = shift.before().get(options);
    PositionTally after = shift.after().get(options);
    TextTable table = new TextTable().words("questions of " + options + " options").numbers("RStd");
    IntStream.range(0, options).forEach(place -> table.numbers("chose " + (char) ('A' + place)));
    table.row(cells("published order", before));
    table.row(cells("after voting", after));
    table.row(cells("right", null, before.rightShares()));
    List<String> lines = new ArrayList<>(table.lines());
    if (shift.held() > 0) {
      lines.add("%d of %d questions have options that speak of their place and kept it.".formatted(shift.held(), shift.questions()));
    }
    return lines;
  }

  private static List<String> cells(String label, PositionTally tally) {
    OptionalDouble deviation = tally.recallDeviation();
    return cells(label, deviation.isPresent() ? deviation.getAsDouble() : null, tally.chosenShares().subList(0, tally.counts().size()));
  }

  private static List<String> cells(String label, @Nullable Double deviation, List<Double> shares) {
    List<String> cells = new ArrayList<>(List.of(label, deviation == null ? NOTHING : String.format(Locale.ROOT, "%.1f", 100 * deviation)));
    shares.forEach(share -> cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * share)));
    return cells;
  }

  private static Map<String, @Nullable Object> row(Contestant model, String task, VotingShift shift) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("run", model.run());
    row.put("model", model.model());
    row.put("checkpoint", model.checkpoint());
    row.put("task", task.equals(ALL) ? null : task);
    row.put("questions", shift.questions());
    row.put("confidence_where_right", difference(shift.whenRight()));
    row.put("confidence_where_wrong", difference(shift.whenWrong()));
    row.put("accuracy", difference(shift.accuracy()));
    row.put("orders", shift.orders());
    row.put("tokens_computed", shift.computed());
    row.put("price", orNull(price(shift)));
    row.put("points_per_1000_tokens", orNull(perTokens(shift)));
    row.put("held", shift.held());
    int options = shift.mostOptions();
    row.put("options", options);
    row.put("rstd_before", orNull(shift.before().get(options).recallDeviation()));
    row.put("rstd_after", orNull(shift.after().get(options).recallDeviation()));
    row.put("positions_before", shift.before().get(options).counts());
    row.put("positions_after", shift.after().get(options).counts());
    return row;
  }

  /** Tokens computed, against those of one order without sharing. */
  private static OptionalDouble price(VotingShift shift) {
    return shift.oneOrder() > 0 ? OptionalDouble.of(shift.computed() / shift.oneOrder()) : OptionalDouble.empty();
  }

  /** Points of accuracy that 1,000 tokens a question bring beyond those of one order; empty where voting took no more. */
  private static OptionalDouble perTokens(VotingShift shift) {
    double extra = (shift.computed() - shift.oneOrder()) / shift.questions();
    return extra >= 1 ? OptionalDouble.of(100 * shift.accuracy().mean() / extra * 1_000) : OptionalDouble.empty();
  }

  private static Map<String, @Nullable Object> difference(PairedDifference difference) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("n", difference.differences().count());
    tree.put("mean", difference.mean());
    Interval interval = difference.interval(ALPHA).orElse(null);
    tree.put("low", interval == null ? null : interval.low());
    tree.put("high", interval == null ? null : interval.high());
    return tree;
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  private static String points(PairedDifference difference) {
    if (difference.differences().count() == 0) {
      return NOTHING;
    }
    String mean = String.format(Locale.ROOT, "%+.1f", 100 * difference.mean());
    return difference
        .interval(ALPHA)
        .map(interval -> String.format(Locale.ROOT, "%s [%+.1f, %+.1f]", mean, 100 * interval.low(), 100 * interval.high()))
        .orElse(mean);
  }
}
