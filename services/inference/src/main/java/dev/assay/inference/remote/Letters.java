package dev.assay.inference.remote;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the letter of an option out of what a chat model wrote. */
final class Letters {

  /** At the beginning, in brackets or marked up, and set off from what follows: {@code B}, {@code (B)}, {@code **B.** Paris}. */
  private static final Pattern FIRST = Pattern.compile("^[\\s*_`(\\[\"']*([A-Z])(?:[\\s*_`]*$|[\\s*_`]*[)\\].:,;\"'\\n])");

  /** {@code The answer is (B)}, {@code Answer: B}, {@code option B}; an article, {@code the answer is A dog}, is none. */
  private static final Pattern NAMED =
      Pattern.compile("(?i:answer|option|choice)(?i:\\s+is)?\\s*:?[\\s*_`(\\[\"']*([A-Z])(?=[\\s*_`]*(?:$|[)\\].:,;!\"'\\n]))");

  private Letters() {}

  /** Whether every one of the texts is a single letter, white space at its ends aside. */
  static boolean are(List<String> continuations) {
    return continuations.stream().map(String::strip).allMatch(label -> label.length() == 1 && Character.isUpperCase(label.charAt(0)));
  }

  /** The letter, if the text names one of the labels: at its beginning, or where it last says what the answer is. */
  static Optional<String> in(String text, List<String> labels) {
    Matcher first = FIRST.matcher(text);
    if (first.find() && labels.contains(first.group(1))) {
      return Optional.of(first.group(1));
    }
    return NAMED.matcher(text).results().map(match -> match.group(1)).filter(labels::contains).reduce((_, last) -> last);
  }
}
