package dev.assay.topology.scoring;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which options of a question keep their place, because they speak of places: to move them would change what they mean.
 *
 * <p>"All of the above" and its kin stay where they are when they come last, and the others change places above them. When one of them
 * stands elsewhere, or when an option names others by their letters ("A and B", "all except C"), the question has no second order that means
 * the same, and every option is held. "None of these" speaks of the whole list and stays last when it is last, as its authors expect, and
 * moves when it is not. Numbers and Roman numerals ("I and III only") speak of statements in the question, and move.
 */
public final class HeldOptions {
  private static final String LETTER = "\\(?[a-z]\\)?";
  private static final String LINK = "\\s*(?:,|,?\\s*(?:and|or|nor|&|and/or)\\s)\\s*";

  /** Speaks of the options above it. */
  private static final Pattern ABOVE =
      Pattern.compile(
          "(?:(?:all|none|any|both|neither|either|each|some|two|more than one|one or more)(?: one)?(?: of)?(?: the)?(?: (?:answers|options|choices))? (?:above|preceding|previous)"
              + "(?: (?:answers|options|choices))?)(?: (?:is|are) (?:true|false|correct|right|wrong|incorrect))?");

  /** Speaks of all options alike. */
  private static final Pattern WHOLE =
      Pattern.compile("(?:all|none|any|both|neither) of (?:these|them|the (?:other )?(?:answers|options|choices))(?: (?:is|are) (?:true|false|correct|right|wrong|incorrect))?");

  /** Names at least two options by letter, or what all but one of them are. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?:(?:both|neither|either|only|all of|none of|options?|choices?|answers?) )*"
              + "(?:" + LETTER + "(?:" + LINK + LETTER + ")+|(?:all|any|everything|none)(?: of the above| of these)? (?:except|but|except for) " + LETTER + ")"
              + "(?: (?:only|above|together|but not " + LETTER + "|(?:is|are) (?:both )?(?:true|false|correct|right|wrong|incorrect)))?");

  private HeldOptions() {}

  /** The indices of the options that may change places, ascending: all of them, or fewer; never exactly one. */
  public static List<Integer> free(List<String> options) {
    int last = options.size() - 1;
    boolean lastHeld = false;
    for (int option = 0; option <= last; option++) {
      String text = plain(options.get(option));
      boolean above = ABOVE.matcher(text).matches();
      if (namesOptions(text, options.size()) || (above && option < last)) {
        return List.of();
      }
      lastHeld = above || WHOLE.matcher(text).matches();
    }
    int free = lastHeld ? last : last + 1;
    return free < Orders.LEAST_OPTIONS ? List.of() : IntStream.range(0, free).boxed().toList();
  }

  private static boolean namesOptions(String text, int options) {
    if (!NAMES.matcher(text).matches()) {
      return false;
    }
    // A letter beyond the labels is no option: "x and y" of a question on algebra.
    char end = (char) ('a' + options);
    return Pattern.compile("\\b[a-z]\\b").matcher(text).results().allMatch(letter -> letter.group().charAt(0) < end);
  }

  private static String plain(String option) {
    return option.strip().toLowerCase(Locale.ROOT).replaceAll("[.!;:]+$", "").replaceAll("\\s+", " ");
  }
}
