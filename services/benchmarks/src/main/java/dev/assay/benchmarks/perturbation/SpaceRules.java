package dev.assay.benchmarks.perturbation;

/** Rules that change the spaces between words. */
final class SpaceRules {
  private SpaceRules() {}

  /** {@code SpacePerturbation}: each run of spaces becomes 1 to {@code most} spaces. */
  static TextRule runsOfUpTo(int most) {
    return (text, random) -> {
      StringBuilder spaced = new StringBuilder(text.length() * 2);
      for (int at = 0; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c != ' ') {
          spaced.append(c);
        } else if (at == 0 || text.charAt(at - 1) != ' ') {
          spaced.repeat(' ', random.between(1, most));
        }
      }
      return spaced.toString();
    };
  }

  /** {@code ExtraSpacePerturbation}: each space becomes {@code count} spaces. */
  static TextRule eachTimes(int count) {
    String spaces = " ".repeat(count);
    return (text, _) -> text.replace(" ", spaces);
  }
}
