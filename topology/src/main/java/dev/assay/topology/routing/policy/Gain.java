package dev.assay.topology.routing.policy;

/** How much better a strong model is expected to answer a question than a weak one, in [−1, 1]. */
@FunctionalInterface
public interface Gain {
  /** The expectation, from the query alone. */
  double of(Query query);

  /**
   * What a gain is learned from: a question that both models answered.
   *
   * @param query the question
   * @param gain the strong model's value minus the weak one's
   */
  record Example(Query query, double gain) {
    /**
     * @throws IllegalArgumentException if the gain is outside [−1, 1]
     */
    public Example {
      if (!(gain >= -1 && gain <= 1)) {
        throw new IllegalArgumentException("got a gain of %s on %s; expected a number in [-1, 1]".formatted(gain, query.id()));
      }
    }

    /** What an outcome teaches. */
    public static Example of(Outcome outcome, String strong, String weak) {
      return new Example(outcome.query(), outcome.gain(strong, weak));
    }
  }
}
