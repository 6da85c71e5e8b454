package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.scoring.PairedOutcomes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A comparison in words and numbers.
 *
 * @param comparison what is told
 */
public record ComparisonReport(Comparison comparison) {

  private static final double ALPHA = 0.05;

  /** The answer first, then the tables it rests on. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (comparison.parts().isEmpty()) {
      lines.add("No difference can be told: there is no question that both answered and that a metric of both measures.");
    }
    for (Comparison.Part part : comparison.parts()) {
      lines.add(answer(part));
    }
    for (Comparison.Part part : comparison.parts()) {
      lines.add("");
      lines.add("%s, in points of 100 [95 %% interval]; + is for %s".formatted(part.metric(), first()));
      lines.addAll(table(part));
      if (part.all().isBinary()) {
        lines.add(outcomes(part.all().outcomes()));
      }
      lines.add(
          "At any look while a run moves: %s; p %s."
              .formatted(range(part.all().anytimeInterval(), 1), inWords(part.all().anytimePValue())));
      if (part.tasks().size() > 1) {
        lines.add("For tasks like these and not only these: " + part.error().explanation() + ".");
      }
    }
    long tasks = comparison.parts().stream().mapToLong(part -> part.tasks().size()).sum();
    lines.add("");
    if (tasks > 1) {
      lines.add(
          "Marked are tasks that differ with alpha = 5 %%: %s.".formatted(MultipleComparisons.explanation(Math.toIntExact(tasks))));
    }
    if (comparison.bothWrong() > 0) {
      lines.add(
          "Of %s questions that both got wrong, both gave the same wrong answer to %s (%.1f %%)."
              .formatted(count(comparison.bothWrong()), count(comparison.sameWrong()), 100.0 * comparison.sameWrong() / comparison.bothWrong()));
    }
    lines.add(
        "Questions left out: only %s answered %s, only %s answered %s%s."
            .formatted(
                first(),
                count(comparison.firstOnly()),
                second(),
                count(comparison.secondOnly()),
                comparison.unlike() == 0 ? "" : ", with the same id but another task or gold " + count(comparison.unlike())));
    return lines;
  }

  /** The same for programs: differences are first minus second, shares in [0, 1]. */
  public Map<String, @Nullable Object> tree() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("first", contestant(comparison.first()));
    tree.put("second", contestant(comparison.second()));
    tree.put("shared", comparison.shared());
    tree.put("first_only", comparison.firstOnly());
    tree.put("second_only", comparison.secondOnly());
    tree.put("unlike", comparison.unlike());
    tree.put("both_wrong", comparison.bothWrong());
    tree.put("same_wrong_answer", comparison.sameWrong());
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Comparison.Part part : comparison.parts()) {
      part.tasks().forEach((task, sample) -> rows.add(row(part.metric(), "TASK", task, sample, part.corrected().get(task))));
      part.types().forEach((type, sample) -> rows.add(row(part.metric(), "TASK_TYPE", type, sample, null)));
      rows.add(row(part.metric(), "RUN", "*", part.all(), null));
    }
    tree.put("rows", rows);
    return tree;
  }

  private String answer(Comparison.Part part) {
    PairedSample all = part.all();
    String better = all.mean() < 0 ? second() : first();
    String worse = all.mean() < 0 ? first() : second();
    double points = 100 * Math.abs(all.mean());
    int side = all.mean() < 0 ? -1 : 1;
    String interval = all.interval().map(found -> ", " + range(found, side)).orElse("");
    String where = "on %s shared questions (%s, p %s)".formatted(count(all.questions()), part.metric(), inWords(all.pValue()));
    if (all.differs()) {
      return "%s is better than %s by %.1f points%s, %s.".formatted(better, worse, points, interval, where);
    }
    String needed =
        all.questionsNeeded().isPresent()
            ? " A difference of this size would be told, 8 times in 10, on about %s.".formatted(count(all.questionsNeeded().getAsLong()))
            : "";
    return all.mean() == 0
        ? "No difference can be told: both have %.1f points%s, %s.".formatted(100 * all.first().mean(), interval, where)
        : "No difference can be told: %s has %.1f points more than %s%s, %s.%s".formatted(better, points, worse, interval, where, needed);
  }

  private List<String> table(Comparison.Part part) {
    TextTable table =
        new TextTable().words("task").numbers("n").numbers(first()).numbers(second()).numbers("difference").numbers("p").numbers("p, Holm").words("");
    part.tasks()
        .forEach(
            (task, sample) -> {
              double corrected = part.corrected().getOrDefault(task, 1.0);
              String mark = corrected > ALPHA ? "" : (sample.mean() < 0 ? second() : first()) + " is better";
              table.row(cells(task, sample, p(corrected), mark));
            });
    part.types().forEach((type, sample) -> table.row(cells("all " + type.toLowerCase(Locale.ROOT), sample, "", "")));
    table.row(cells("all", part.all(), "", ""));
    return table.lines();
  }

  private static List<String> cells(String place, PairedSample sample, String corrected, String mark) {
    String interval =
        sample.interval().map(found -> String.format(Locale.ROOT, " [%+5.1f, %+5.1f]", 100 * found.low(), 100 * found.high())).orElse("");
    return List.of(
        place,
        count(sample.questions()),
        points(sample.first().mean()),
        points(sample.second().mean()),
        String.format(Locale.ROOT, "%+.1f", 100 * sample.mean()) + interval,
        p(sample.pValue()),
        corrected,
        mark);
  }

  private String outcomes(PairedOutcomes outcomes) {
    return "Both right %s, only %s %s, only %s %s, both wrong %s."
        .formatted(
            count(outcomes.both()), first(), count(outcomes.firstOnly()), second(), count(outcomes.secondOnly()), count(outcomes.neither()));
  }

  private String first() {
    return shown(comparison.first(), comparison.second());
  }

  private String second() {
    return shown(comparison.second(), comparison.first());
  }

  /** As little of a name as tells the one from the other. */
  private static String shown(Contestant one, Contestant other) {
    if (!one.model().equals(other.model())) {
      return one.model();
    }
    String name = one.checkpoint().equals(other.checkpoint()) ? one.model() : one.shortName();
    return one.run().equals(other.run()) ? name : name + " in " + one.run();
  }

  private static Map<String, @Nullable Object> contestant(Contestant contestant) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("run", contestant.run());
    tree.put("model", contestant.model());
    tree.put("checkpoint", contestant.checkpoint());
    return tree;
  }

  private static Map<String, @Nullable Object> row(
      String metric, String scope, String task, PairedSample sample, @Nullable Double corrected) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("metric", metric);
    row.put("scope", scope);
    row.put("task", task);
    row.put("n", sample.questions());
    row.put("first", sample.first().mean());
    row.put("second", sample.second().mean());
    row.put("difference", sample.mean());
    row.put("low", sample.interval().map(Interval::low).orElse(null));
    row.put("high", sample.interval().map(Interval::high).orElse(null));
    row.put("p", sample.pValue());
    row.put("mid_p", sample.midPValue().isPresent() ? sample.midPValue().getAsDouble() : null);
    row.put("p_holm", corrected);
    row.put("anytime_low", sample.anytimeInterval().low());
    row.put("anytime_high", sample.anytimeInterval().high());
    row.put("anytime_p", sample.anytimePValue());
    if (sample.isBinary()) {
      row.put("both", sample.outcomes().both());
      row.put("first_right", sample.outcomes().firstOnly());
      row.put("second_right", sample.outcomes().secondOnly());
      row.put("neither", sample.outcomes().neither());
    }
    return row;
  }

  /** An interval in points, seen from the side of the better model. */
  private static String range(Interval interval, int side) {
    double low = side < 0 ? -interval.high() : interval.low();
    double high = side < 0 ? -interval.low() : interval.high();
    return String.format(Locale.ROOT, "%.1f to %.1f", 100 * low, 100 * high);
  }

  private static String points(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  private static String p(double value) {
    return value < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String inWords(double value) {
    return value < 0.0001 ? "< 0.0001" : "= " + p(value);
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
