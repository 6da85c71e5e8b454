package dev.assay.topology.tables;

import dev.assay.records.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** What a prompt adds to the slices, and how that differs between two of its states. Pure. */
final class Contributions {
  private static final Map<PromptState.Status, SortedMap<String, Double>> FLOW =
      Map.of(
          PromptState.Status.PENDING, ones(Metrics.FLOW_PROMPTS, Metrics.FLOW_PENDING),
          PromptState.Status.LOST, ones(Metrics.FLOW_PROMPTS, Metrics.FLOW_DEAD_LETTERS),
          PromptState.Status.ANSWERED, ones(Metrics.FLOW_PROMPTS, Metrics.FLOW_VERDICTS));

  /** Names of the tenths of [0, 1]; each holds its upper end, the first also 0. */
  private static final List<String> TENTHS =
      List.of("0.0-0.1", "0.1-0.2", "0.2-0.3", "0.3-0.4", "0.4-0.5", "0.5-0.6", "0.6-0.7", "0.7-0.8", "0.8-0.9", "0.9-1.0");

  /** Names of virtual models begin so. */
  private static final String VIRTUAL = "@";

  private Contributions() {}

  /** All that a state adds. */
  static void of(String run, PromptState state, BiConsumer<Slice, Map<String, Double>> each) {
    state.statuses().forEach((model, status) -> each.accept(Slice.flow(run, model), FLOW.get(status)));
    List<Reading> all = state.readings();
    for (int i = 0; i < all.size(); i++) {
      ofItself(run, all.get(i), each);
      for (int j = i + 1; j < all.size(); j++) {
        ofPair(run, all.get(i), all.get(j), each);
      }
    }
    ofQuestion(run, state, each);
  }

  /**
   * Calls {@code less} for all that the earlier state added and the later does not, and {@code more} for the reverse; what both add alike may
   * be left out or be in both.
   */
  static void difference(
      Event event,
      PromptState before,
      PromptState after,
      BiConsumer<Slice, Map<String, Double>> less,
      BiConsumer<Slice, Map<String, Double>> more) {
    flow(event.run(), before, after, less, more);
    if (event instanceof Event.Answered(String run, _, Reading changed)) {
      ofReading(run, before, changed, less);
      ofReading(run, after, changed, more);
      ofQuestion(run, before, less);
      ofQuestion(run, after, more);
    }
  }

  private static void flow(
      String run,
      PromptState before,
      PromptState after,
      BiConsumer<Slice, Map<String, Double>> less,
      BiConsumer<Slice, Map<String, Double>> more) {
    Map<String, PromptState.Status> earlier = new HashMap<>(before.statuses());
    after.statuses()
        .forEach(
            (model, status) -> {
              PromptState.Status was = earlier.remove(model);
              if (was != status) {
                if (was != null) {
                  less.accept(Slice.flow(run, model), FLOW.get(was));
                }
                more.accept(Slice.flow(run, model), FLOW.get(status));
              }
            });
    earlier.forEach((model, was) -> less.accept(Slice.flow(run, model), FLOW.get(was)));
  }

  /** What one model's verdict adds: its own values, and a comparison with every other verdict on the prompt. */
  private static void ofReading(String run, PromptState state, Reading changed, BiConsumer<Slice, Map<String, Double>> each) {
    Optional<Reading> found = state.reading(changed.model(), changed.checkpoint());
    if (found.isEmpty()) {
      return;
    }
    Reading own = found.get();
    ofItself(run, own, each);
    List<Reading> all = state.readings();
    int at = all.indexOf(own);
    for (int i = 0; i < all.size(); i++) {
      if (i != at) {
        ofPair(run, all.get(Math.min(i, at)), all.get(Math.max(i, at)), each);
      }
    }
  }

  private static void ofItself(String run, Reading own, BiConsumer<Slice, Map<String, Double>> each) {
    Series series = new Series(run, own.model(), own.checkpoint(), "");
    each.accept(Slice.of(series, own.task(), own.taskType()), own.values());
    own.positions().ifPresent(positions -> positions.values().forEach((place, values) -> each.accept(Slice.at(series, Scope.POSITION, place), values)));
    ofConfidence(series, own.values(), each);
  }

  private static void ofPair(String run, Reading first, Reading second, BiConsumer<Slice, Map<String, Double>> each) {
    if (first.given().kind() == second.given().kind() && !first.isVirtual() && !second.isVirtual()) {
      Series pair = new Series(run, first.model(), first.checkpoint(), second.name());
      each.accept(Slice.of(pair, first.task(), first.taskType()), compared(first, second));
    }
  }

  /** Fixed tenths, not tenths of the answers: which one an answer falls into depends on no other answer. */
  private static void ofConfidence(Series series, SortedMap<String, Double> values, BiConsumer<Slice, Map<String, Double>> each) {
    Double confidence = values.get(Metrics.CONFIDENCE_MEAN_LOGPROB);
    Double right = values.get(Metrics.ACCURACY_MEAN_LOGPROB);
    if (confidence != null && right != null) {
      int upper = Math.max(1, (int) Math.ceil(confidence * TENTHS.size()));
      each.accept(
          Slice.at(series, Scope.CONFIDENCE, TENTHS.get(upper - 1)),
          Map.of(Metrics.CONFIDENCE_MEAN_LOGPROB, confidence, Metrics.ACCURACY_MEAN_LOGPROB, right));
    }
  }

  /** What all models' answers together tell of a question; nothing below two answers. A virtual model's answer is made of the others'. */
  private static void ofQuestion(String run, PromptState state, BiConsumer<Slice, Map<String, Double>> each) {
    List<Reading> all = state.readings();
    if (all.size() < 2) {
      return;
    }
    List<Reading> judged =
        all.stream().filter(reading -> reading.right() != Reading.Right.UNKNOWN && !reading.model().startsWith(VIRTUAL)).toList();
    if (judged.size() < 2 || judged.getFirst().isOfCopy()) {
      return;
    }
    Reading first = judged.getFirst();
    long wrong = judged.stream().filter(reading -> reading.right() == Reading.Right.NO).count();
    boolean same = judged.stream().allMatch(reading -> reading.given().equals(first.given()));
    each.accept(
        Slice.questions(run, first.task(), first.taskType()),
        Map.of(
            Metrics.QUESTION_WRONG, (double) wrong / judged.size(),
            Metrics.QUESTION_ALL_WRONG, wrong == judged.size() ? 1.0 : 0.0,
            Metrics.QUESTION_DISPUTED, same ? 0.0 : 1.0));
  }

  private static SortedMap<String, Double> compared(Reading first, Reading second) {
    double same = first.given().isSameAs(second.given()) ? 1 : 0;
    SortedMap<String, Double> values = new TreeMap<>();
    values.put(Metrics.SAME_ANSWER, same);
    if (first.right() == Reading.Right.NO && second.right() == Reading.Right.NO) {
      values.put(Metrics.SAME_WRONG_ANSWER, same);
    }
    if (first.isOfCopy()) {
      return values;
    }
    if (first.right() != Reading.Right.UNKNOWN && second.right() != Reading.Right.UNKNOWN) {
      values.put(Metrics.DIFFERENCE_RIGHT, one(first) - one(second));
    } else {
      first.values()
          .forEach(
              (metric, value) -> {
                Double other = second.values().get(metric);
                if (other != null && Metrics.unit(metric).equals(Metrics.UNIT_SHARE) && !Metrics.isOwn(metric)) {
                  values.put(Metrics.DIFFERENCE + metric, value - other);
                }
              });
    }
    return values;
  }

  private static double one(Reading reading) {
    return reading.right() == Reading.Right.YES ? 1 : 0;
  }

  private static SortedMap<String, Double> ones(String... metrics) {
    SortedMap<String, Double> ones = new TreeMap<>();
    for (String metric : metrics) {
      ones.put(metric, 1.0);
    }
    return ones;
  }
}
