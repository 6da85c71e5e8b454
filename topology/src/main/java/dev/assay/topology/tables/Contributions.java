package dev.assay.topology.tables;

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

  private Contributions() {}

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
    each.accept(
        new Slice(new Series(run, own.model(), own.checkpoint(), ""), own.task(), own.taskType()), own.values());
    List<Reading> all = state.readings();
    int at = all.indexOf(own);
    for (int i = 0; i < all.size(); i++) {
      if (i != at && all.get(i).given().kind() == own.given().kind() && !own.isVirtual() && !all.get(i).isVirtual()) {
        Reading first = all.get(Math.min(i, at));
        Reading second = all.get(Math.max(i, at));
        Series pair = new Series(run, first.model(), first.checkpoint(), second.name());
        each.accept(new Slice(pair, first.task(), first.taskType()), compared(first, second));
      }
    }
  }

  private static SortedMap<String, Double> compared(Reading first, Reading second) {
    double same = first.given().isSameAs(second.given()) ? 1 : 0;
    SortedMap<String, Double> values = new TreeMap<>();
    values.put(Metrics.SAME_ANSWER, same);
    if (first.right() == Reading.Right.NO && second.right() == Reading.Right.NO) {
      values.put(Metrics.SAME_WRONG_ANSWER, same);
    }
    return values;
  }

  private static SortedMap<String, Double> ones(String... metrics) {
    SortedMap<String, Double> ones = new TreeMap<>();
    for (String metric : metrics) {
      ones.put(metric, 1.0);
    }
    return ones;
  }
}
