package dev.assay.topology.scoring;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The answer filters and the comparison of lm-evaluation-harness's gsm8k task (version 3). */
final class Gsm8kAnswer {
  /** What the filters give where they find nothing; it equals no gold. */
  static final String INVALID = "[invalid]";

  private static final Pattern STRICT = Pattern.compile("#### (-?[0-9.,]+)");
  private static final Pattern FLEXIBLE = Pattern.compile("(-?[$0-9.,]{2,})|(-?[0-9]+)");

  /** Python's {@code $} matches before a last line feed too, as with this flag. */
  private static final Pattern FINAL_POINT = Pattern.compile("\\.$", Pattern.UNIX_LINES);

  private static final String BEFORE_ANSWER = "#### ";

  private Gsm8kAnswer() {}

  /** strict-match: the first number after {@code ####}. */
  static String strict(String text) {
    Matcher matcher = STRICT.matcher(text);
    return matcher.find() ? matcher.group(1) : INVALID;
  }

  /** flexible-extract: the last number anywhere. */
  static String flexible(String text) {
    String last = INVALID;
    Matcher matcher = FLEXIBLE.matcher(text);
    while (matcher.find()) {
      last = matcher.group();
    }
    return last;
  }

  /** Whether a filtered answer equals the gold solution, both without what the harness ignores. */
  static boolean matches(String gold, String answer) {
    return compared(gold).equals(compared(answer));
  }

  /** Without the harness's {@code regexes_to_ignore}, deleted in this order: {@code ,} {@code \$} {@code (?s).*#### } {@code \.$}. */
  private static String compared(String text) {
    String rest = text.replace(",", "").replace("$", "");
    int answer = rest.lastIndexOf(BEFORE_ANSWER);
    if (answer >= 0) {
      rest = rest.substring(answer + BEFORE_ANSWER.length());
    }
    return FINAL_POINT.matcher(rest).replaceFirst("").toLowerCase(Locale.ROOT);
  }
}
