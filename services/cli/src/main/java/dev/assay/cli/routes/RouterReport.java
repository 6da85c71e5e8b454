package dev.assay.cli.routes;

import dev.assay.cli.terminal.TextTable;
import dev.assay.topology.routing.policy.Trial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A router study for people and for programs. */
public record RouterReport(RouterStudy study, RouterStudy.Findings findings, int questions) {
  private static final double RANDOM_APGR = 0.5;

  /** Two tables: what every policy brought, and the curves. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d questions, %,d to learn from, %d seeds; weak %s, strong %s"
            .formatted(questions, study.training(), study.seeds(), study.weak(), study.strong()));
    lines.add("");
    TextTable trials = new TextTable().words("policy").numbers("quality").numbers("± 95 %").numbers("cost").words("whose answer");
    for (Trial trial : findings.trials()) {
      trials.row(List.of(trial.policy(), percent(trial.value()), percent(1.96 * trial.error()), number(trial.cost()), shares(trial)));
    }
    lines.addAll(trials.lines());
    lines.add("");
    TextTable curves =
        new TextTable().words("router").numbers("APGR").numbers("least").numbers("most").numbers("11 points").numbers("CPT(50)").numbers("CPT(80)");
    curves.row(List.of("random", number(RANDOM_APGR), "", "", number(RANDOM_APGR), "50.0 %", "80.0 %"));
    findings
        .curves()
        .forEach(
            (name, curve) ->
                curves.row(
                    List.of(
                        name,
                        number(curve.apgr()),
                        number(curve.apgrs().stream().mapToDouble(Double::doubleValue).min().orElse(0)),
                        number(curve.apgrs().stream().mapToDouble(Double::doubleValue).max().orElse(0)),
                        number(curve.apgrOnGrid()),
                        percent(curve.cpt50()),
                        percent(curve.cpt80()))));
    lines.addAll(curves.lines());
    lines.add("");
    TextTable quality = new TextTable().words("quality at strong calls of");
    for (int share = 0; share <= 100; share += 10) {
      quality.numbers(share + " %");
    }
    findings
        .curves()
        .forEach(
            (name, curve) -> {
              List<String> cells = new ArrayList<>(List.of(name));
              curve.quality().forEach(value -> cells.add(percent(value)));
              quality.row(cells);
            });
    lines.addAll(quality.lines());
    return lines;
  }

  /** The same for {@code --json}. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("questions", questions);
    tree.put("training", study.training());
    tree.put("seeds", study.seeds());
    tree.put("weak", study.weak());
    tree.put("strong", study.strong());
    tree.put("trials", findings.trials());
    tree.put("curves", findings.curves());
    return tree;
  }

  private static String shares(Trial trial) {
    return trial.chosen().entrySet().stream().map(entry -> entry.getKey() + " " + percent(entry.getValue())).collect(Collectors.joining(", "));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.4f", value);
  }
}
