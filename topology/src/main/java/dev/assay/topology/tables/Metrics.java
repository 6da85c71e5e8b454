package dev.assay.topology.tables;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The metrics that tables keep beside the text metrics that a prompt names itself. */
public final class Metrics {
  /** Right in the published order. */
  public static final String ACCURACY_ONE = "accuracy/one";

  /** Right when each order votes for its most probable option. */
  public static final String ACCURACY_MAX_VOTE = "accuracy/max-vote";

  /** Right by the mean of the orders' normalised log-probabilities. */
  public static final String ACCURACY_MEAN_LOGPROB = "accuracy/mean-logprob";

  /** Right in every order that was asked. */
  public static final String ACCURACY_EVERY_ORDER = "accuracy/every-order";

  /** Probability of the option chosen in the published order. */
  public static final String CONFIDENCE_ONE = "confidence/one";

  /** Probability of the option chosen by mean log-probability. */
  public static final String CONFIDENCE_MEAN_LOGPROB = "confidence/mean-logprob";

  /** Wrong in the published order, right by the run's own rule, or by mean log-probability where it has none. */
  public static final String CHANGED_HELPED = "changed/helped";

  /** Right in the published order, wrong by the run's own rule, or by mean log-probability where it has none. */
  public static final String CHANGED_HURT = "changed/hurt";

  /** Verdicts counted. */
  public static final String ANSWERED = "answered";

  /** Tokens that a reader without any sharing would have read. */
  public static final String TOKENS_ASKED = "tokens_asked";

  /** Tokens that went through the model. */
  public static final String TOKENS_COMPUTED = "tokens_computed";

  /** Tokens that the model generated. */
  public static final String TOKENS_GENERATED = "tokens_generated";

  /** Computing time. */
  public static final String COMPUTE_MICROSECONDS = "compute_microseconds";

  /** What the answers cost, in millionths of the currency unit that the model's prices are given in; only where a price is known. */
  public static final String COST = "cost";

  /** Of the prompts that both models answered: the share on which they chose the same option or gave the same text. */
  public static final String SAME_ANSWER = "same_answer";

  /** Of the prompts that both models got wrong: the share on which they gave the same wrong answer. */
  public static final String SAME_WRONG_ANSWER = "same_wrong_answer";

  /** Where both answers can be told right from wrong: 1 when only the first model is right, -1 when only the second, 0 else. */
  public static final String DIFFERENCE_RIGHT = "difference/right";

  /** Before the name of a score: the first model's minus the second's, of answers that are neither right nor wrong. */
  public static final String DIFFERENCE = "difference/";

  /** Before a position's letter, or {@link #CHOSEN_NONE}: chosen in the published order. */
  public static final String CHOSEN_ONE = "chosen/one/";

  /** Before the same: the share of the orders with the right option at that position in which it was chosen. */
  public static final String CHOSEN_EVERY_ORDER = "chosen/every-order/";

  /** Before the same: the published position of the option chosen by mean log-probability. */
  public static final String CHOSEN_VOTED = "chosen/mean-logprob/";

  /** No position was chosen. */
  public static final String CHOSEN_NONE = "none";

  /** Of the models that answered a question: the share that got it wrong. */
  public static final String QUESTION_WRONG = "question/wrong";

  /** No model that answered a question got it right. */
  public static final String QUESTION_ALL_WRONG = "question/all-wrong";

  /** The models that answered a question did not all give the same answer. */
  public static final String QUESTION_DISPUTED = "question/disputed";

  /** Different prompts that were to be answered by the model. */
  public static final String FLOW_PROMPTS = "flow/prompts";

  /** Of these: have a verdict. */
  public static final String FLOW_VERDICTS = "flow/verdicts";

  /** Of these: were given up, and nothing has answered them since. */
  public static final String FLOW_DEAD_LETTERS = "flow/dead-letters";

  /** Of these: neither. */
  public static final String FLOW_PENDING = "flow/pending";

  /** Right by the run's own voting rule, adaptive or pride. */
  public static final String ACCURACY_VOTED = "accuracy/voted";

  /** Probability of the option chosen by the run's own voting rule. */
  public static final String CONFIDENCE_VOTED = "confidence/voted";

  /** Orders of the options in which the model answered. */
  public static final String ORDERS_ASKED = "orders_asked";

  /** Decided before all orders were asked, at the error rate that was asked for. */
  public static final String VOTING_CERTIFIED = "voting/certified";

  static final String UNIT_SHARE = "share";
  static final String UNIT_DIFFERENCE = "difference";

  /** Stores name a metric by its place here: append, never reorder. */
  private static final List<String> NUMBERED =
      List.of(
          ACCURACY_ONE,
          ACCURACY_MAX_VOTE,
          ACCURACY_MEAN_LOGPROB,
          ACCURACY_EVERY_ORDER,
          CONFIDENCE_ONE,
          CONFIDENCE_MEAN_LOGPROB,
          CHANGED_HELPED,
          CHANGED_HURT,
          ANSWERED,
          TOKENS_ASKED,
          TOKENS_COMPUTED,
          TOKENS_GENERATED,
          COMPUTE_MICROSECONDS,
          SAME_ANSWER,
          SAME_WRONG_ANSWER,
          FLOW_PROMPTS,
          FLOW_VERDICTS,
          FLOW_DEAD_LETTERS,
          FLOW_PENDING,
          COST,
          DIFFERENCE_RIGHT,
          CHOSEN_ONE + "A",
          CHOSEN_ONE + "B",
          CHOSEN_ONE + "C",
          CHOSEN_ONE + "D",
          CHOSEN_ONE + "E",
          CHOSEN_ONE + CHOSEN_NONE,
          CHOSEN_EVERY_ORDER + "A",
          CHOSEN_EVERY_ORDER + "B",
          CHOSEN_EVERY_ORDER + "C",
          CHOSEN_EVERY_ORDER + "D",
          CHOSEN_EVERY_ORDER + "E",
          CHOSEN_EVERY_ORDER + CHOSEN_NONE,
          CHOSEN_VOTED + "A",
          CHOSEN_VOTED + "B",
          CHOSEN_VOTED + "C",
          CHOSEN_VOTED + "D",
          CHOSEN_VOTED + "E",
          CHOSEN_VOTED + CHOSEN_NONE,
          QUESTION_WRONG,
          QUESTION_ALL_WRONG,
          QUESTION_DISPUTED,
          ACCURACY_VOTED,
          CONFIDENCE_VOTED,
          ORDERS_ASKED,
          VOTING_CERTIFIED);

  private static final Map<String, Integer> NUMBERS =
      IntStream.range(0, NUMBERED.size()).boxed().collect(Collectors.toUnmodifiableMap(NUMBERED::get, number -> number));

  /** The four counters that together say where all prompts are. */
  static final List<String> FLOW = List.of(FLOW_PROMPTS, FLOW_VERDICTS, FLOW_DEAD_LETTERS, FLOW_PENDING);

  private static final String CHOSEN = "chosen/";
  private static final int BY_NAME = -1;

  /** Between a metric's name and that of the perturbation; prompt ids have it in the same place. */
  private static final String OF_COPY = "~";

  private Metrics() {}

  /**
   * What a metric's values are: {@code share}, {@code difference}, {@code tokens}, {@code microseconds}, {@code millionths} or {@code count}.
   */
  public static String unit(String metric) {
    return switch (metric) {
      case TOKENS_ASKED, TOKENS_COMPUTED, TOKENS_GENERATED -> "tokens";
      case COMPUTE_MICROSECONDS -> "microseconds";
      case COST -> "millionths";
      case ANSWERED, ORDERS_ASKED, FLOW_PROMPTS, FLOW_VERDICTS, FLOW_DEAD_LETTERS, FLOW_PENDING -> "count";
      default -> metric.startsWith(DIFFERENCE) ? UNIT_DIFFERENCE : UNIT_SHARE;
    };
  }

  /** The name of a metric over perturbed copies of questions; what is counted, not scored, keeps its name. */
  static String ofCopy(String metric, String perturbation) {
    return unit(metric).equals(UNIT_SHARE) ? metric + OF_COPY + perturbation : metric;
  }

  /** Whether a metric is over perturbed copies of questions. */
  public static boolean isOfCopy(String metric) {
    return metric.contains(OF_COPY);
  }

  /** Whether a metric's values lie in [-1, 1], so that its mean has intervals. */
  static boolean isBounded(String metric) {
    String unit = unit(metric);
    return unit.equals(UNIT_SHARE) || unit.equals(UNIT_DIFFERENCE);
  }

  /** Whether no text metric may have this name. */
  static boolean isOwn(String metric) {
    return NUMBERS.containsKey(metric) || metric.startsWith(DIFFERENCE) || metric.startsWith(CHOSEN);
  }

  static void write(BinaryWriter out, String metric) {
    int number = NUMBERS.getOrDefault(metric, BY_NAME);
    out.putByte(number);
    if (number == BY_NAME) {
      out.putString(metric);
    }
  }

  static String read(BinaryReader in) {
    int number = in.getByte();
    return number == BY_NAME ? in.getString() : NUMBERED.get(number);
  }
}
