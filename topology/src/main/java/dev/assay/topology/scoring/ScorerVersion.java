package dev.assay.topology.scoring;

/** Names the rules of this package, so that a verdict tells which rules made it. */
public final class ScorerVersion {
  /** Goes into {@code Verdict.scorer}; raised by whoever changes any decision or value that this package gives. */
  public static final String SCORER_VERSION = "1";

  private ScorerVersion() {}
}
