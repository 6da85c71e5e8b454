package dev.assay.bench;

import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.platform.StackOptions;
import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.Topics;
import dev.assay.topology.scoring.Certification;
import dev.assay.topology.scoring.OrderRounds;
import dev.assay.topology.scoring.PositionPrior;
import dev.assay.topology.scoring.PositionTally;
import dev.assay.topology.scoring.SeededDraw;
import dev.assay.topology.scoring.Voting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What adaptive and pride would have decided, and at what price, on the recorded votes of a run with {@code --orders all}: no model is asked.
 * Without a run, what adaptive makes of drawn models that know more or less.
 * Exit status 1 when a figure is missed: adaptive decides as all orders do on 98 % of the questions with 40 % of the orders; pride takes
 * away 80 % of what all orders take away of RStd, at 1.3 times the price of one order.
 */
@Command(name = "voting", mixinStandardHelpOptions = true)
public final class VotingBench implements Callable<Integer> {
  private static final double AGREEMENT = 0.98;
  private static final double ORDERS = 0.40;
  private static final double RECOVERED = 0.80;
  private static final double PRICE = 1.3;
  private static final int FEWEST_CALIBRATION = 10;
  private static final double[] KNOWLEDGE = {0.2, 0.5, 1, 2, 4, 8};
  private static final int DRAWN_QUESTIONS = 400;
  private static final long DRAWN_SEED = 20231207;

  /** Log-probabilities are not above 0. */
  private static final double BELOW_ZERO = 200;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", description = "a run with --orders all whose answers are in the log; without it models are drawn")
  private String run = "";

  @Option(names = "--options", defaultValue = "4", description = "questions with so many options, all of them free (default: ${DEFAULT-VALUE})")
  private int options;

  @Option(names = "--error", defaultValue = "0.05", description = "error rate of adaptive (default: ${DEFAULT-VALUE})")
  private double error;

  @Option(names = "--share", defaultValue = "0.05", description = "share of pride's calibration questions (default: ${DEFAULT-VALUE})")
  private double share;

  @Option(names = "--seeds", defaultValue = "20", description = "draws of orders and of calibration questions (default: ${DEFAULT-VALUE})")
  private int seeds;

  private boolean kept = true;

  private VotingBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new VotingBench()).execute(args));
  }

  /** One question: its id, right options, and votes by order. */
  private record Question(String prompt, List<Integer> right, Map<List<Integer>, Vote> votes) {
    List<Vote> of(List<List<Integer>> orders) {
      return orders.stream().map(votes::get).toList();
    }
  }

  @Override
  public Integer call() {
    SortedMap<String, Map<String, Question>> models = run.isEmpty() ? drawn() : read();
    if (models.isEmpty()) {
      System.err.printf("bench voting: run %s has no answers in all orders of %d options; ask some with --orders all%n", run, options);
      return 1;
    }
    models.forEach(
        (model, questions) -> {
          List<Question> sorted = questions.values().stream().sorted(Comparator.comparing(Question::prompt)).toList();
          System.out.printf("%s: %d questions of %d options, each in %d orders%n", model, sorted.size(), options, all().size());
          adaptive(sorted);
          if (!run.isEmpty()) {
            pride(sorted);
          }
        });
    return kept ? 0 : 1;
  }

  private SortedMap<String, Map<String, Question>> read() {
    SortedMap<String, Map<String, Question>> models = new TreeMap<>();
    try (Site site = Site.open(choice, StackOptions.defaults())) {
      site.scan(
          Topics.ANSWERS,
          Answer.class,
          answer -> {
            if (answer.getEnvelope().getRun().equals(run)
                && answer.getEnvelope().getGold() instanceof ChoiceGold gold
                && gold.getOptions() == options
                && answer.getOutcome() instanceof Votes votes
                && votes.getVotes().size() == all().size()) {
              Map<List<Integer>, Vote> byOrder = new HashMap<>();
              votes.getVotes().forEach(vote -> byOrder.put(vote.getOrder(), vote));
              models
                  .computeIfAbsent(answer.getModel(), _ -> new HashMap<>())
                  .putIfAbsent(answer.getEnvelope().getPrompt(), new Question(answer.getEnvelope().getPrompt(), gold.getRight(), byOrder));
            }
          });
    }
    return models;
  }

  /** Models whose options are worth so many times the noise of an order to them; places weigh twice the noise. */
  private SortedMap<String, Map<String, Question>> drawn() {
    SortedMap<String, Map<String, Question>> models = new TreeMap<>();
    for (double knows : KNOWLEDGE) {
      SplittableRandom random = new SplittableRandom(DRAWN_SEED);
      double[] places = random.doubles(options).map(_ -> 2 * random.nextGaussian()).toArray();
      Map<String, Question> questions = new HashMap<>();
      for (int number = 0; number < DRAWN_QUESTIONS; number++) {
        double[] worth = IntStream.range(0, options).mapToDouble(_ -> knows * random.nextGaussian()).toArray();
        Map<List<Integer>, Vote> votes = new HashMap<>();
        for (List<Integer> order : all()) {
          List<Double> at = IntStream.range(0, options).mapToObj(place -> worth[order.get(place)] + places[place] + random.nextGaussian() - BELOW_ZERO).toList();
          votes.put(order, new Vote(order, at));
        }
        questions.put("q" + number, new Question("q" + number, List.of(number % options), votes));
      }
      models.put(String.format(Locale.ROOT, "drawn, knowledge %4.1f times the noise", knows), questions);
    }
    return models;
  }

  private void adaptive(List<Question> questions) {
    long asked = 0;
    long same = 0;
    long certified = 0;
    long wrong = 0;
    for (int seed = 0; seed < seeds; seed++) {
      for (Question question : questions) {
        int decided = mean(question.of(all()));
        List<List<Integer>> orders = rounds(seed, question.prompt()).first(all().size());
        for (int count = options; ; count += options) {
          Certification now = Certification.of(question.of(orders.subList(0, count)), options, orders.size());
          if (now.isEnough(error, orders.size() / options - 1)) {
            asked += count;
            same += now.winner() == decided ? 1 : 0;
            certified += count < orders.size() ? 1 : 0;
            wrong += count < orders.size() && now.winner() != decided ? 1 : 0;
            break;
          }
        }
      }
    }
    double all = (double) seeds * questions.size();
    double agreement = same / all;
    double orders = asked / all / all().size();
    System.out.printf(
        Locale.ROOT,
        "  adaptive:%s  decides as all orders on %.1f %% (at least %.0f %%), asks %.1f %% of the orders (at most %.0f %%); certified early %.1f %%, decided otherwise %.2f %% of all%n",
        error, 100 * agreement, 100 * AGREEMENT, 100 * orders, 100 * ORDERS, 100 * certified / all, 100 * wrong / all);
    // Beside it what a fixed number of whole rounds would do.
    for (int rounds = 1; rounds * options < all().size(); rounds++) {
      int count = rounds * options;
      System.out.printf(
          Locale.ROOT,
          "    %2d fixed orders: as all on %.1f %%%n",
          count,
          100 * share(questions, question -> mean(question.of(rounds(0, question.prompt()).first(count))) == mean(question.of(all()))));
    }
    kept &= agreement >= AGREEMENT && orders <= ORDERS;
  }

  private void pride(List<Question> questions) {
    double before = deviation(questions, question -> mean(question.of(List.of(published()))));
    double after = deviation(questions, question -> mean(question.of(all())));
    int members = Math.min(questions.size(), Math.max(FEWEST_CALIBRATION, (int) Math.ceil(share * questions.size())));
    double debiased = 0;
    double accuracy = 0;
    for (int seed = 0; seed < seeds; seed++) {
      int draw = seed;
      List<Question> drawn =
          questions.stream().sorted(Comparator.comparingLong(question -> new SeededDraw(draw, question.prompt()).next())).limit(members).toList();
      List<List<Double>> said = drawn.stream().map(question -> PositionPrior.ofQuestion(question.of(rounds(0, question.prompt()).round(0)), options)).toList();
      List<Double> prior = PositionPrior.of(said, options);
      Function<Question, Integer> decides =
          question -> drawn.contains(question) ? mean(question.of(rounds(0, question.prompt()).round(0))) : highest(PositionPrior.without(prior, question.votes().get(published())));
      debiased += deviation(questions, decides) / seeds;
      accuracy += share(questions, question -> question.right().contains(decides.apply(question))) / seeds;
    }
    double price = 1 + (double) members * (options - 1) / questions.size();
    double recovered = (before - debiased) / (before - after);
    System.out.printf(
        Locale.ROOT,
        "  pride:%s     RStd %.1f for one order, %.1f for all, %.1f for pride: %.0f %% of the reduction (at least %.0f %%) at %.2f orders a question (at most %.1f), %d calibration questions%n",
        share, 100 * before, 100 * after, 100 * debiased, 100 * recovered, 100 * RECOVERED, price, PRICE, members);
    System.out.printf(
        Locale.ROOT,
        "  accuracy     one %.1f %%, cyclic %.1f %%, all %.1f %%, pride %.1f %%%n",
        100 * share(questions, question -> question.right().contains(mean(question.of(List.of(published()))))),
        100 * share(questions, question -> question.right().contains(mean(question.of(rounds(0, question.prompt()).round(0))))),
        100 * share(questions, question -> question.right().contains(mean(question.of(all())))),
        100 * accuracy);
    kept &= recovered >= RECOVERED && price <= PRICE;
  }

  private double deviation(List<Question> questions, Function<Question, Integer> decides) {
    PositionTally tally = PositionTally.none(options);
    for (Question question : questions) {
      int chosen = decides.apply(question);
      int right = question.right().contains(chosen) ? chosen : question.right().getFirst();
      tally = tally.merge(PositionTally.of(options, right, OptionalInt.of(chosen)));
    }
    return tally.recallDeviation().orElse(Double.NaN);
  }

  private int mean(List<Vote> votes) {
    return Voting.merge(votes, options).meanLogProb().option();
  }

  private List<List<Integer>> all() {
    return rounds(0, "").everyOne();
  }

  private List<Integer> published() {
    return IntStream.range(0, options).boxed().toList();
  }

  private OrderRounds rounds(long seed, String prompt) {
    return OrderRounds.of(options, published(), seed, prompt);
  }

  private static int highest(List<Double> probabilities) {
    List<Integer> indices = new ArrayList<>(IntStream.range(0, probabilities.size()).boxed().toList());
    indices.sort(Comparator.comparing(probabilities::get, Comparator.reverseOrder()));
    return indices.getFirst();
  }

  private static double share(List<Question> questions, Function<Question, Boolean> is) {
    return (double) questions.stream().filter(is::apply).count() / questions.size();
  }
}
