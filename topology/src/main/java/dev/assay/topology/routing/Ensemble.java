package dev.assay.topology.routing;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.tables.Given;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Merges several models' verdicts on one prompt. Pure: the same verdicts and weights give the same outcome, whatever their order.
 *
 * <p>Options: each model spreads its weight over the options by its probabilities, and where it gave none puts all of it on its option; the
 * highest sum wins, then the option that more models chose, then the lower index. {@code maxVote} counts each model's option alone, and {@code
 * one} each model's option in the published order. Texts: the answer, in its plain form, with the highest weight; its first model's verdict
 * stands, and ties go to the model named first.
 *
 * <p>Verdicts that do not fit together, since their options or right answers differ, are merged by the form that most of them have.
 */
final class Ensemble {
  /** A vote that names no option. */
  private static final int NONE = -1;

  private Ensemble() {}

  /**
   * What merging gave.
   *
   * @param outcome a {@link ChoiceVerdict} or a {@link TextVerdict}
   * @param used the verdicts that went into it
   */
  record Merged(Object outcome, List<Verdict> used) {}

  /**
   * Merges verdicts.
   *
   * @param verdicts one at least, by model and checkpoint
   * @param weights by model, above 0; a model that is missing weighs 1
   */
  static Merged merge(List<Verdict> verdicts, Map<String, Double> weights) {
    List<Verdict> fitting = fitting(verdicts);
    Object outcome =
        fitting.getFirst().getOutcome() instanceof ChoiceVerdict first ? choice(first, fitting, weights) : text(fitting, weights);
    return new Merged(outcome, fitting);
  }

  /** Right where any verdict was, with the outcome of the first such, or of the first of all. */
  static Merged oracle(List<Verdict> verdicts) {
    List<Verdict> fitting = fitting(verdicts);
    Verdict best = fitting.stream().max(Comparator.comparingDouble(Ensemble::value)).orElseThrow();
    Verdict first = fitting.stream().filter(verdict -> value(verdict) == value(best)).findFirst().orElseThrow();
    return new Merged(first.getOutcome(), fitting);
  }

  /** How good a verdict is: right or wrong, or its first score by name. */
  static double value(Verdict verdict) {
    return valueOf(verdict.getOutcome());
  }

  /** The same of an outcome. */
  static double valueOf(Object outcome) {
    return switch (outcome) {
      case ChoiceVerdict choice -> choice.getMeanLogProb().getRight() ? 1 : 0;
      case TextVerdict text -> text.getScores().isEmpty() ? 0 : new TreeMap<>(text.getScores()).firstEntry().getValue();
      default -> throw new IllegalStateException("unknown outcome " + outcome.getClass());
    };
  }

  /** The option that a verdict chose; −1 for none, or a text. */
  static int option(Verdict verdict) {
    return verdict.getOutcome() instanceof ChoiceVerdict choice ? choice.getMeanLogProb().getOption() : NONE;
  }

  private static List<Verdict> fitting(List<Verdict> verdicts) {
    SortedMap<String, List<Verdict>> forms = new TreeMap<>();
    verdicts.forEach(verdict -> forms.computeIfAbsent(form(verdict.getOutcome()), _ -> new ArrayList<>()).add(verdict));
    return forms.values().stream().max(Comparator.comparingInt(List::size)).orElseThrow();
  }

  private static String form(Object outcome) {
    return switch (outcome) {
      case ChoiceVerdict choice -> "options %03d, right %s".formatted(choice.getOptions(), choice.getRight());
      case TextVerdict text -> "text " + new TreeMap<>(text.getScores()).keySet();
      default -> throw new IllegalStateException("unknown outcome " + outcome.getClass());
    };
  }

  private static ChoiceVerdict choice(ChoiceVerdict form, List<Verdict> verdicts, Map<String, Double> weights) {
    int n = form.getOptions();
    double[] sums = new double[n];
    double[] votes = votes(n, verdicts, weights, ChoiceVerdict::getMaxVote);
    boolean every = true;
    for (Verdict verdict : verdicts) {
      ChoiceVerdict choice = (ChoiceVerdict) verdict.getOutcome();
      every &= choice.getEveryOrder();
      double weight = weights.getOrDefault(verdict.getModel(), 1.0);
      List<Double> shares = choice.getProbabilities();
      int option = choice.getMeanLogProb().getOption();
      for (int i = 0; i < n; i++) {
        sums[i] += weight * (isDistribution(shares, n) ? shares.get(i) : i == option ? 1 : 0);
      }
    }
    double whole = 0;
    for (double sum : sums) {
      whole += sum;
    }
    List<Double> probabilities = new ArrayList<>();
    for (int i = 0; i < n && whole > 0; i++) {
      probabilities.add(sums[i] / whole);
    }
    return new ChoiceVerdict(
        n,
        form.getRight(),
        decision(form, votes(n, verdicts, weights, ChoiceVerdict::getOne), sums),
        decision(form, votes, sums),
        decision(form, sums, votes),
        every,
        List.of(),
        probabilities,
        form.getHeld(),
        null);
  }

  private static boolean isDistribution(List<Double> shares, int options) {
    return shares.size() == options && shares.stream().allMatch(share -> share >= 0 && share <= 1);
  }

  private static double[] votes(int n, List<Verdict> verdicts, Map<String, Double> weights, Function<ChoiceVerdict, Decision> rule) {
    ToIntFunction<Verdict> option = verdict -> rule.apply((ChoiceVerdict) verdict.getOutcome()).getOption();
    double[] votes = new double[n];
    for (Verdict verdict : verdicts) {
      int at = option.applyAsInt(verdict);
      if (at >= 0 && at < n) {
        votes[at] += weights.getOrDefault(verdict.getModel(), 1.0);
      }
    }
    return votes;
  }

  /** The option with most; ties by the other count, then by the lower index. */
  private static Decision decision(ChoiceVerdict form, double[] most, double[] tie) {
    double whole = 0;
    int best = 0;
    for (int i = 0; i < most.length; i++) {
      whole += most[i];
      if (most[i] > most[best] || (most[i] == most[best] && tie[i] > tie[best])) {
        best = i;
      }
    }
    if (whole == 0) {
      return new Decision(NONE, false, 0.0);
    }
    return new Decision(best, form.getRight().contains(best), Math.min(1, most[best] / whole));
  }

  private static TextVerdict text(List<Verdict> verdicts, Map<String, Double> weights) {
    Map<Given, Double> sums = new LinkedHashMap<>();
    Map<Given, TextVerdict> firsts = new LinkedHashMap<>();
    for (Verdict verdict : verdicts) {
      TextVerdict text = (TextVerdict) verdict.getOutcome();
      Given given = Given.text(text.getText());
      sums.merge(given, weights.getOrDefault(verdict.getModel(), 1.0), Double::sum);
      firsts.putIfAbsent(given, text);
    }
    double most = sums.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    Given winner = sums.entrySet().stream().filter(entry -> entry.getValue() == most).findFirst().orElseThrow().getKey();
    return firsts.getOrDefault(winner, (TextVerdict) verdicts.getFirst().getOutcome());
  }
}
