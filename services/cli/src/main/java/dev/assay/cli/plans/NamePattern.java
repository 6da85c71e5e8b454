package dev.assay.cli.plans;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Patterns of names, of which one must fit: {@code *} stands for any characters, {@code ?} for one, all else for itself.
 *
 * @param patterns at least one, none blank
 */
public record NamePattern(List<Pattern> patterns) {

  /** Copies the list and refuses an empty one. */
  public NamePattern {
    patterns = List.copyOf(patterns);
    if (patterns.isEmpty()) {
      throw new IllegalArgumentException("got no pattern; expected names of checkpoints such as tuned@*, separated by commas");
    }
  }

  /** Reads patterns separated by commas. */
  public static NamePattern parse(String text) {
    return new NamePattern(
        Stream.of(text.split(",", -1)).map(String::strip).filter(one -> !one.isEmpty()).map(NamePattern::pattern).toList());
  }

  /** Whether one of the patterns is like the whole name. */
  public boolean fits(String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  private static Pattern pattern(String glob) {
    return Pattern.compile(
        glob.codePoints()
            .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
            .collect(Collectors.joining()));
  }
}
