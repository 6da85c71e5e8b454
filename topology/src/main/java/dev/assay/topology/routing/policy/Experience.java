package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The last questions that models have answered: what policies learn from. A question that is answered again stands for its last time. For one
 * thread.
 */
public final class Experience {
  /** As many as most routers are learned from (RouteLLM: 1,531), and 3 MB of MiniLM's embeddings. */
  public static final int MOST = 2_048;

  private final int most;
  private final Map<String, Past> byId = new LinkedHashMap<>();

  /** A question of before, with its place in the space of meanings. */
  record Past(Outcome outcome, Point at) {}

  /** None yet, and never more than {@code most}. */
  public Experience(int most) {
    this.most = most;
  }

  /**
   * Takes a question into account.
   *
   * @param outcome what models made of it
   * @param meaning of its text; of no length when no policy looks at it
   * @return the id of the question that is forgotten for it
   */
  public Optional<String> add(Outcome outcome, float[] meaning) {
    String id = outcome.query().id();
    byId.remove(id);
    byId.put(id, new Past(outcome, Point.of(meaning)));
    if (byId.size() <= most) {
      return Optional.empty();
    }
    String oldest = byId.keySet().iterator().next();
    byId.remove(oldest);
    return Optional.of(oldest);
  }

  /** All but one question, the oldest first: what may be known when that one is decided. */
  List<Past> without(String id) {
    List<Past> others = new ArrayList<>(byId.size());
    byId.forEach(
        (each, past) -> {
          if (!each.equals(id)) {
            others.add(past);
          }
        });
    return others;
  }

  /** How many questions these are. */
  public int size() {
    return byId.size();
  }
}
