package dev.assay.topology.routing.policy;

/** Decides which model answers a question. The same query and the same knowledge give the same choice. */
public interface Policy {
  /** Its name with what it is set to, such as {@code cost:0.25}. */
  String name();

  /** The choice for one question, from what may be known of it and what is known so far. */
  Choice choose(Query query, Known known);

  /** Whether it looks at {@link Known#experience}. */
  default boolean learns() {
    return false;
  }

  /** What it sees in a question's text; {@link Meaning#NONE} when it does not look at it. */
  default Meaning meaning() {
    return Meaning.NONE;
  }
}
