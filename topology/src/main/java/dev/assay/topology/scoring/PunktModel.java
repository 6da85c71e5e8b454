package dev.assay.topology.scoring;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Punkt has learned of a language, by which it tells the end of a sentence from an abbreviation. Source: Kiss, Strunk, "Unsupervised
 * multilingual sentence boundary detection", Computational Linguistics 32, 2006; as in nltk's {@code PunktParameters}.
 *
 * @param abbreviations lower case, without the last period
 * @param collocations words that belong together although the first ends in a period
 * @param sentenceStarters words that often begin a sentence, lower case
 * @param orthography how each lower-case word was written in the training text: nltk's sum of {@code _ORTHO_} flags, 0 to 126
 */
public record PunktModel(
    Set<String> abbreviations, Set<Collocation> collocations, Set<String> sentenceStarters, Map<String, Integer> orthography) {
  private static final int LARGEST_FLAGS = 126;

  /** Two words that belong together; the first without its last period, a number as {@code ##number##}. */
  public record Collocation(String first, String second) {}

  /** Copies the collections. */
  public PunktModel {
    abbreviations = Set.copyOf(abbreviations);
    collocations = Set.copyOf(collocations);
    sentenceStarters = Set.copyOf(sentenceStarters);
    orthography = Map.copyOf(orthography);
  }

  /**
   * The model of four lists, one entry a line: abbreviations and sentence starters as they are, collocations as two words with a tab between
   * them, orthography as a word, a tab and its flags. Empty lines are left out.
   *
   * @throws IllegalArgumentException if a line has another form; the message says which list and line
   */
  public static PunktModel parse(
      List<String> abbreviations, List<String> collocations, List<String> sentenceStarters, List<String> orthography) {
    Set<Collocation> pairs = new HashSet<>();
    for (int i = 0; i < collocations.size(); i++) {
      if (!collocations.get(i).isEmpty()) {
        String[] words = twoFields("collocations", i, collocations.get(i), "two words");
        pairs.add(new Collocation(words[0], words[1]));
      }
    }
    Map<String, Integer> flags = new HashMap<>();
    for (int i = 0; i < orthography.size(); i++) {
      if (!orthography.get(i).isEmpty()) {
        String[] fields = twoFields("orthography", i, orthography.get(i), "a word and its flags");
        flags.put(fields[0], flags(i, fields[1]));
      }
    }
    return new PunktModel(notEmpty(abbreviations), pairs, notEmpty(sentenceStarters), flags);
  }

  private static Set<String> notEmpty(Collection<String> lines) {
    Set<String> words = new HashSet<>(lines);
    words.remove("");
    return words;
  }

  private static String[] twoFields(String list, int index, String line, String expected) {
    String[] fields = line.split("\t", -1);
    if (fields.length != 2) {
      throw new IllegalArgumentException(
          "%s, line %d: got '%s', expected %s with a tab between them".formatted(list, index + 1, line, expected));
    }
    return fields;
  }

  private static int flags(int index, String text) {
    try {
      int flags = Integer.parseInt(text);
      if (flags >= 0 && flags <= LARGEST_FLAGS) {
        return flags;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new IllegalArgumentException(
        "orthography, line %d: got the flags '%s', expected a number of 0 to %d".formatted(index + 1, text, LARGEST_FLAGS));
  }
}
