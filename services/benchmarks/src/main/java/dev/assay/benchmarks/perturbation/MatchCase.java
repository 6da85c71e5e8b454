package dev.assay.benchmarks.perturbation;

import java.util.Locale;

/** HELM's {@code match_case} ({@code helm.common.general}): a word in the case of the one it replaces. */
final class MatchCase {
  private MatchCase() {}

  /**
   * The target in the source's case. An apostrophe, digit or space is neither lower nor upper case, so a source that holds one reaches
   * the rule of the first letter only.
   */
  static String of(String source, String target) {
    if (source.codePoints().allMatch(Character::isLowerCase)) {
      return target.toLowerCase(Locale.ROOT);
    }
    if (source.codePoints().allMatch(Character::isUpperCase)) {
      return target.toUpperCase(Locale.ROOT);
    }
    return Character.isUpperCase(source.codePointAt(0)) ? capitalised(target) : target;
  }

  /** Python's {@code str.capitalize}: the first letter in title case, the others in lower case. */
  private static String capitalised(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    String rest = text.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
    return Character.toString(Character.toTitleCase(first)) + rest;
  }
}
