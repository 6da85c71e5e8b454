package dev.assay.topology.routing.policy;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A policy that always gives a model that can be asked: where the one within throws, or names a model that is gone, the best known model is
 * taken instead, and without any knowledge the first one. The choice says so, and both cases are counted.
 */
public final class GuardedPolicy implements Policy {
  private static final String FALLBACK = "fallback: ";

  private final Policy within;
  private final AtomicLong thrown = new AtomicLong();
  private final AtomicLong gone = new AtomicLong();

  /** Guards a policy. */
  public GuardedPolicy(Policy within) {
    this.within = within;
  }

  @Override
  public String name() {
    return within.name();
  }

  @Override
  public Choice choose(Query query, Known known) {
    Choice choice;
    try {
      choice = within.choose(query, known);
    } catch (RuntimeException e) {
      thrown.incrementAndGet();
      return fallback(query, known, "%s threw %s".formatted(within.name(), e));
    }
    if (!query.models().containsAll(choice.asked())) {
      gone.incrementAndGet();
      return fallback(query, known, "%s named %s, which cannot be asked".formatted(within.name(), choice.model()));
    }
    return choice;
  }

  /** How often the policy threw. */
  public long thrown() {
    return thrown.get();
  }

  /** How often it named a model that could not be asked. */
  public long gone() {
    return gone.get();
  }

  /** Whether a choice is not the policy's own. */
  public static boolean isFallback(Choice choice) {
    return choice.reason().startsWith(FALLBACK);
  }

  private static Choice fallback(Query query, Known known, String trouble) {
    List<Cell> cells = known.cells().stream().filter(cell -> query.models().contains(cell.model())).sorted(Cell.BEST_FIRST).toList();
    String model = cells.isEmpty() ? query.models().getFirst() : cells.getFirst().model();
    return Choice.of(model, FALLBACK + trouble, cells.stream().map(Cell::words).toList());
  }
}
