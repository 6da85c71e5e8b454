package dev.assay.cli.routes;

import dev.assay.records.TaskType;
import dev.assay.topology.routing.policy.CascadePolicy;
import dev.assay.topology.routing.policy.Cell;
import dev.assay.topology.routing.policy.CostPolicy;
import dev.assay.topology.routing.policy.Experience;
import dev.assay.topology.routing.policy.Gain;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Meaning;
import dev.assay.topology.routing.policy.NearestPolicy;
import dev.assay.topology.routing.policy.NeighbourGain;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.QualityCurve;
import dev.assay.topology.routing.policy.RouterExam;
import dev.assay.topology.routing.policy.TaskGain;
import dev.assay.topology.routing.policy.TaskTypePolicy;
import dev.assay.topology.routing.policy.TextGain;
import dev.assay.topology.routing.policy.Trial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What routers would have brought on outcomes, each learned from the same training outcomes and asked about the rest, for several seeds.
 *
 * @param weak the cheap model
 * @param strong the dear one
 * @param training how many outcomes are learned from
 * @param seeds how often that is drawn anew
 * @param meaning the embedder; {@link Meaning#NONE} leaves out what needs one
 */
public record RouterStudy(String weak, String strong, int training, int seeds, Meaning meaning) {
  /** The gain by tasks' names. */
  public static final String BY_TASK = "by task";

  /** The gain by words, and by meaning where there is an embedder. */
  public static final String BY_TEXT = "by text";

  /** The gain of the nearest in meaning. */
  public static final String BY_NEIGHBOURS = "by neighbours";

  private static final List<Double> SHARES = List.of(0.25, 0.5);
  private static final double CPT_HALF = 0.5;
  private static final double CPT_MOST = 0.8;
  private static final double CASCADE_MARGIN = 0.2;
  private static final int POINTS = 10;

  /**
   * A router's curve, as the mean over the seeds.
   *
   * @param apgr area under the curve
   * @param apgrs the same of each seed
   * @param apgrOnGrid RouteLLM's eleven-point form of it
   * @param cpt50 share of strong calls for a PGR of 50 %
   * @param cpt80 for 80 %
   * @param quality at 0 %, 10 %, …, 100 % strong calls
   */
  public record Curve(double apgr, List<Double> apgrs, double apgrOnGrid, double cpt50, double cpt80, List<Double> quality) {}

  /**
   * What was found.
   *
   * @param trials every policy, as the mean over the seeds
   * @param curves every learned gain
   */
  public record Findings(List<Trial> trials, SortedMap<String, Curve> curves) {}

  /** Does all seeds. */
  public Findings of(List<Outcome> outcomes) {
    Map<String, List<Trial>> trials = new LinkedHashMap<>();
    SortedMap<String, List<QualityCurve>> curves = new TreeMap<>();
    for (int seed = 0; seed < seeds; seed++) {
      RouterExam exam = RouterExam.draw(outcomes, training, seed);
      learners().forEach((name, learner) -> examine(exam, name, learner, trials, curves));
      for (Policy policy : policies(exam)) {
        add(trials, Trial.of(policy, exam.test(), known(exam.training(), policy)));
      }
      List<Trial> singles = Trial.singles(exam.test());
      singles.forEach(trial -> add(trials, trial));
      Trial cheap = singles.stream().filter(trial -> trial.chosen().containsKey(weak)).findAny().orElseThrow();
      Trial dear = singles.stream().filter(trial -> trial.chosen().containsKey(strong)).findAny().orElseThrow();
      add(trials, Trial.mix(cheap, dear, CPT_HALF));
      add(trials, Trial.oracle(exam.test()));
    }
    SortedMap<String, Curve> means = new TreeMap<>();
    curves.forEach((name, all) -> means.put(name, mean(all)));
    return new Findings(trials.entrySet().stream().map(entry -> mean(entry.getKey(), entry.getValue())).toList(), means);
  }

  private Map<String, RouterExam.Learner> learners() {
    Map<String, RouterExam.Learner> learners = new LinkedHashMap<>();
    learners.put(BY_TASK, TaskGain::learn);
    learners.put(BY_TEXT, examples -> TextGain.learn(examples, meaning));
    if (hasMeaning()) {
      learners.put(BY_NEIGHBOURS, examples -> NeighbourGain.learn(examples, meaning));
    }
    return learners;
  }

  private boolean hasMeaning() {
    return !meaning.equals(Meaning.NONE);
  }

  private void examine(
      RouterExam exam, String name, RouterExam.Learner learner, Map<String, List<Trial>> trials, Map<String, List<QualityCurve>> curves) {
    Gain gain = exam.learn(learner, strong, weak);
    curves.computeIfAbsent(name, _ -> new ArrayList<>()).add(exam.curve(exam.wishes(gain), strong, weak));
    for (double share : SHARES) {
      Policy policy = CostPolicy.calibrated(weak, strong, share, gain, exam.training().stream().map(Outcome::query).toList());
      Trial trial = Trial.of(policy, exam.test(), Known.NOTHING);
      add(trials, new Trial(trial.policy() + " " + name, trial.value(), trial.error(), trial.cost(), trial.chosen(), trial.fallbacks()));
    }
  }

  private List<Policy> policies(RouterExam exam) {
    List<Policy> policies = new ArrayList<>();
    policies.add(new TaskTypePolicy());
    if (exam.training().stream().anyMatch(outcome -> outcome.of(weak).margin() < 1)) {
      policies.add(new CascadePolicy(weak, strong, CASCADE_MARGIN));
    }
    if (hasMeaning()) {
      policies.add(new NearestPolicy(meaning, NearestPolicy.DEFAULT_NEIGHBOURS));
    }
    return policies;
  }

  /** The training outcomes' cells; the outcomes of a study are of one kind or carry their kind in the task. */
  private static Known known(List<Outcome> training, Policy policy) {
    SortedMap<String, double[]> sums = new TreeMap<>();
    TaskType type = training.getFirst().query().taskType();
    for (Outcome outcome : training) {
      outcome.answers().forEach(
          (model, answer) -> {
            double[] sum = sums.computeIfAbsent(model, _ -> new double[2]);
            sum[0]++;
            sum[1] += answer.value();
          });
    }
    List<Cell> cells = sums.entrySet().stream().map(e -> Cell.of(e.getKey() + "/" + type, e.getKey(), (long) e.getValue()[0], e.getValue()[1])).toList();
    Experience experience = new Experience(training.size());
    if (policy.learns()) {
      training.forEach(outcome -> experience.add(outcome, policy.meaning().of(outcome.query().text())));
    }
    return new Known(cells, Optional.empty(), Map.of(), experience);
  }

  private static void add(Map<String, List<Trial>> trials, Trial trial) {
    trials.computeIfAbsent(trial.policy(), _ -> new ArrayList<>()).add(trial);
  }

  private static Trial mean(String name, List<Trial> trials) {
    SortedMap<String, Double> chosen = new TreeMap<>();
    trials.forEach(trial -> trial.chosen().forEach((model, share) -> chosen.merge(model, share / trials.size(), Double::sum)));
    return new Trial(
        name,
        trials.stream().mapToDouble(Trial::value).average().orElse(0),
        trials.stream().mapToDouble(Trial::error).average().orElse(0),
        trials.stream().mapToDouble(Trial::cost).average().orElse(0),
        chosen,
        trials.stream().mapToLong(Trial::fallbacks).sum());
  }

  private static Curve mean(List<QualityCurve> curves) {
    List<Double> quality = new ArrayList<>();
    for (int i = 0; i <= POINTS; i++) {
      double share = (double) i / POINTS;
      quality.add(curves.stream().mapToDouble(curve -> curve.quality(share)).average().orElse(0));
    }
    List<Double> apgrs = curves.stream().map(QualityCurve::apgr).toList();
    return new Curve(
        apgrs.stream().mapToDouble(Double::doubleValue).average().orElse(0),
        apgrs,
        curves.stream().mapToDouble(QualityCurve::apgrOnGrid).average().orElse(0),
        cpt(curves, CPT_HALF),
        cpt(curves, CPT_MOST),
        List.copyOf(quality));
  }

  private static double cpt(List<QualityCurve> curves, double recovered) {
    return curves.stream().map(curve -> curve.callsFor(recovered)).mapToDouble(OptionalDouble::orElseThrow).average().orElse(0);
  }
}
