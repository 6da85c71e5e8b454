package dev.assay.inference.llm;

/** Follows one text while it is generated. */
interface Follower {

  /** Nobody wants to know. */
  Follower NONE =
      new Follower() {
        @Override
        public int alternatives() {
          return 0;
        }

        @Override
        public void took(ScoredToken token, boolean ended) {}

        @Override
        public boolean leaves() {
          return false;
        }
      };

  /** So many most probable tokens are wanted in the place of each. */
  int alternatives();

  /**
   * Called with each token.
   *
   * @param ended whether the text ends with it
   */
  void took(ScoredToken token, boolean ended);

  /** Whether nobody wants the rest: the text then ends where it is. */
  boolean leaves();
}
