package dev.assay.bench;

import dev.assay.topology.scoring.ClusteredError;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.scoring.PairedDifference;
import dev.assay.topology.scoring.PairedOutcomes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Whether the intervals and tests keep their word when somebody looks after every value and stops when they like, beside the ordinary ones,
 * which do not; and what clusters and many comparisons do. Exit status 1 when one of ours is wrong more often than it says.
 */
@Command(name = "statistics", mixinStandardHelpOptions = true)
public final class StatisticsBench implements Callable<Integer> {

  private static final double ALPHA = 0.05;
  private static final double NORMAL_95 = 1.959963984540054;

  /** Below this many values nobody would call the ordinary interval's normal approximation fair. */
  private static final int FAIR_FOR_ORDINARY = 30;

  private static final int MODELS = 10;
  private static final int PROMPTS_OF_MODELS = 300;
  private static final int RACERS = 4;
  private static final double STEP = 0.1;
  private static final int FIRST_WAVE = 20;
  private static final int TASKS = 20;
  private static final int PROMPTS_OF_TASK = 50;

  @Option(names = "--runs", defaultValue = "10000", description = "how often each experiment is done (default: ${DEFAULT-VALUE})")
  private int runs;

  @Option(names = "--looks", defaultValue = "1000", description = "values in a run, each followed by a look (default: ${DEFAULT-VALUE})")
  private int looks;

  @Option(names = "--seed", defaultValue = "20231207", description = "seed of all runs (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private boolean kept = true;
  private final LongAdder questionsAsked = new LongAdder();

  private StatisticsBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new StatisticsBench()).execute(args));
  }

  /** Where values come from. */
  private enum Source {
    COIN("right or wrong, 50 %", 0.5),
    GUESS("right or wrong, 25 %", 0.25),
    SURE("right or wrong, 90 %", 0.9),
    RARE("right or wrong, 2 %", 0.02),
    SKEWED("scores, most of them low", 0.25),
    MIXED("scores, half of them 0", 0.25);

    private final String words;
    private final double mean;

    Source(String words, double mean) {
      this.words = words;
      this.mean = mean;
    }

    private double draw(SplittableRandom random) {
      return switch (this) {
        case COIN, GUESS, SURE, RARE -> random.nextDouble() < mean ? 1 : 0;
        case SKEWED -> Math.pow(random.nextDouble(), 3);
        case MIXED -> random.nextBoolean() ? 0 : random.nextDouble();
      };
    }
  }

  @Override
  public Integer call() throws IOException {
    Report report = new Report("statistics");
    for (Source source : Source.values()) {
      double[] wrong = wrong(random -> peek(source, random));
      covered(report, source.words + ": sequence held at all looks", wrong[0], "95 or more");
      report.figure(source.words + ": ordinary 95 % interval did", 100 * (1 - wrong[1]), "%", "fails");
    }
    double[] pairs = wrong(this::comparePeeking);
    alarms(report, "two equal models, right or wrong: anytime p-value", pairs[0]);
    alarms(report, "two equal models, right or wrong: paired sequence", pairs[1]);
    alarms(report, "two equal models, scores: anytime p-value", pairs[2]);
    report.figure("two equal models: McNemar mid-p at all looks", 100 * pairs[3], "% alarms", "fails");
    double[] many = wrong(StatisticsBench::compareMany);
    alarms(report, "%d equal models, one look: any pair by Holm".formatted(MODELS), many[0]);
    report.figure("%d equal models, one look: any pair uncorrected".formatted(MODELS), 100 * many[1], "% alarms", "fails");
    double[] stopping = wrong(random -> stop(random, 0));
    alarms(report, "%d equal models, stopped when decided: any pair wrong".formatted(RACERS), stopping[0]);
    report.figure("%d equal models, stopped by uncorrected McNemar: any pair wrong".formatted(RACERS), 100 * stopping[1], "% alarms", "fails");
    questionsAsked.reset();
    double[] apart = wrong(random -> stop(random, STEP));
    alarms(report, "%d models %.0f points apart: any pair the wrong way round".formatted(RACERS, 100 * STEP), apart[0]);
    report.figure("%d models %.0f points apart: all pairs decided".formatted(RACERS, 100 * STEP), 100 * apart[2], "% of runs");
    report.figure("%d models %.0f points apart: questions asked".formatted(RACERS, 100 * STEP), asked(), "%% of %,d, mean".formatted(looks));
    double[] tasks = wrong(StatisticsBench::cluster);
    covered(report, "%d tasks: interval by task, one look".formatted(TASKS), tasks[0], "about 95");
    report.figure("%d tasks: interval as if independent, one look".formatted(TASKS), 100 * (1 - tasks[1]), "%", "fails");
    report.figure("runs", runs, "each");
    report.figure("looks", looks, "in a run");
    report.publish(json);
    return kept ? 0 : 1;
  }

  /** The share of runs of an experiment in which each of several ways of judging was wrong. */
  private double[] wrong(Function<SplittableRandom, List<Boolean>> experiment) {
    List<List<Boolean>> results =
        IntStream.range(0, runs).parallel().mapToObj(run -> experiment.apply(new SplittableRandom(seed + run))).toList();
    return IntStream.range(0, results.getFirst().size())
        .mapToDouble(way -> (double) results.stream().filter(result -> result.get(way)).count() / runs)
        .toArray();
  }

  private List<Boolean> peek(Source source, SplittableRandom random) {
    double sum = 0;
    double squares = 0;
    boolean left = false;
    boolean leftOrdinary = false;
    for (int n = 1; n <= looks; n++) {
      double value = source.draw(random);
      sum += value;
      squares += value * value;
      left = left || !ConfidenceSequence.betaBinomialMixture(n, sum, ALPHA).contains(source.mean);
      double variance = Math.max(0, squares - sum * sum / n) / (n - 1);
      leftOrdinary = leftOrdinary || (n >= FAIR_FOR_ORDINARY && Math.abs(sum / n - source.mean) > NORMAL_95 * Math.sqrt(variance / n));
    }
    return List.of(left, leftOrdinary);
  }

  private List<Boolean> comparePeeking(SplittableRandom random) {
    PairedOutcomes outcomes = PairedOutcomes.EMPTY;
    PairedDifference scores = PairedDifference.EMPTY;
    boolean byOutcomes = false;
    boolean bySequence = false;
    boolean byScores = false;
    boolean byMcNemar = false;
    for (int n = 1; n <= looks; n++) {
      double chance = random.nextBoolean() ? 0.2 : 0.9;
      boolean first = random.nextDouble() < chance;
      boolean second = random.nextDouble() < chance;
      outcomes = outcomes.merge(PairedOutcomes.of(first, second));
      scores = scores.merge(PairedDifference.of(first ? random.nextDouble() : 0.1, second ? random.nextDouble() : 0.1));
      byOutcomes |= outcomes.anytimePValue() <= ALPHA;
      bySequence |= n % 10 == 0 && !outcomes.confidenceSequence(ALPHA).contains(0);
      byScores |= scores.anytimePValue() <= ALPHA;
      byMcNemar |= n >= FAIR_FOR_ORDINARY && n % 10 == 0 && outcomes.midPValue() <= ALPHA;
    }
    return List.of(byOutcomes, bySequence, byScores, byMcNemar);
  }

  /**
   * An evaluation until decided: questions in waves, a look after each, the lowest p-value of each pair so far corrected over all pairs by Holm's
   * procedure. Wrong is a pair called different that is equal, or called the wrong way round.
   */
  private List<Boolean> stop(SplittableRandom random, double step) {
    PairedOutcomes[] pairs = new PairedOutcomes[RACERS * (RACERS - 1) / 2];
    Arrays.fill(pairs, PairedOutcomes.EMPTY);
    Double[] lowest = new Double[pairs.length];
    Arrays.fill(lowest, 1.0);
    boolean wrong = false;
    boolean wrongUncorrected = false;
    int asked = 0;
    Set<Integer> decided = new HashSet<>();
    while (asked < looks && decided.size() < pairs.length) {
      int wave = Math.min(looks - asked, Math.max(FIRST_WAVE, asked / 4));
      for (int i = 0; i < wave; i++) {
        ask(random, step, pairs);
      }
      asked += wave;
      for (int pair = 0; pair < pairs.length; pair++) {
        lowest[pair] = Math.min(lowest[pair], pairs[pair].anytimePValue());
        wrongUncorrected |= step == 0 && pairs[pair].midPValue() <= ALPHA;
      }
      List<Double> corrected = MultipleComparisons.holm(List.of(lowest));
      for (int pair = 0; pair < pairs.length; pair++) {
        if (corrected.get(pair) <= ALPHA && decided.add(pair)) {
          wrong |= step == 0 || pairs[pair].difference() > 0;
        }
      }
    }
    questionsAsked.add(asked);
    return List.of(wrong, wrongUncorrected, decided.size() == pairs.length);
  }

  /** One question, to models of which each is right more often than the one before it, and mostly on the same questions. */
  private static void ask(SplittableRandom random, double step, PairedOutcomes[] pairs) {
    double hard = random.nextBoolean() ? 0.15 : 0.7;
    boolean[] right = new boolean[RACERS];
    for (int model = 0; model < RACERS; model++) {
      right[model] = random.nextDouble() < hard + step * model;
    }
    int pair = 0;
    for (int first = 0; first < RACERS; first++) {
      for (int second = first + 1; second < RACERS; second++) {
        pairs[pair] = pairs[pair].merge(PairedOutcomes.of(right[first], right[second]));
        pair++;
      }
    }
  }

  /** Of the latest experiment's runs. */
  private double asked() {
    return 100.0 * questionsAsked.sumThenReset() / runs / looks;
  }

  private static List<Boolean> compareMany(SplittableRandom random) {
    boolean[][] right = new boolean[MODELS][PROMPTS_OF_MODELS];
    for (int prompt = 0; prompt < PROMPTS_OF_MODELS; prompt++) {
      double chance = random.nextDouble();
      for (boolean[] ofModel : right) {
        ofModel[prompt] = random.nextDouble() < chance;
      }
    }
    List<Double> pValues = new ArrayList<>();
    for (int first = 0; first < MODELS; first++) {
      for (int second = first + 1; second < MODELS; second++) {
        PairedOutcomes outcomes = PairedOutcomes.EMPTY;
        for (int prompt = 0; prompt < PROMPTS_OF_MODELS; prompt++) {
          outcomes = outcomes.merge(PairedOutcomes.of(right[first][prompt], right[second][prompt]));
        }
        pValues.add(outcomes.midPValue());
      }
    }
    return List.of(
        MultipleComparisons.holm(pValues).stream().anyMatch(pValue -> pValue <= ALPHA), pValues.stream().anyMatch(pValue -> pValue <= ALPHA));
  }

  /** Tasks' true accuracies are spread evenly over [0.3, 0.9]: their mean is 0.6. */
  private static List<Boolean> cluster(SplittableRandom random) {
    List<ExactStatistic> tasks = new ArrayList<>();
    for (int task = 0; task < TASKS; task++) {
      double accuracy = 0.3 + 0.6 * random.nextDouble();
      ExactStatistic statistic = ExactStatistic.EMPTY;
      for (int prompt = 0; prompt < PROMPTS_OF_TASK; prompt++) {
        statistic = statistic.add(random.nextDouble() < accuracy ? 1 : 0);
      }
      tasks.add(statistic);
    }
    ClusteredError error = ClusteredError.of(tasks);
    Interval byTask = error.interval().orElseThrow();
    return List.of(!byTask.contains(0.6), Math.abs(error.mean() - 0.6) > NORMAL_95 * error.ordinary().orElseThrow());
  }

  private void covered(Report report, String what, double wrong, String target) {
    kept &= wrong <= allowed();
    report.figure(what, 100 * (1 - wrong), "%", target);
  }

  private void alarms(Report report, String what, double wrong) {
    kept &= wrong <= allowed();
    report.figure(what, 100 * wrong, "% alarms", "5 or less");
  }

  /** What an error of exactly alpha would show by chance, at most: three standard errors more. */
  private double allowed() {
    return ALPHA + 3 * Math.sqrt(ALPHA * (1 - ALPHA) / runs);
  }
}
