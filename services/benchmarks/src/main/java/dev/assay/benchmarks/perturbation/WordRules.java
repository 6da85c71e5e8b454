package dev.assay.benchmarks.perturbation;

import dev.assay.benchmarks.python.PythonText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Rules that replace words by others of a list. */
final class WordRules {
  private WordRules() {}

  private static boolean isOutside(int codePoint) {
    return !PythonText.isWord(codePoint);
  }

  private static boolean isOutsideAndNoHyphen(int codePoint) {
    return isOutside(codePoint) && codePoint != '-';
  }

  /** {@code ContractionPerturbation}: "is not " becomes "isn't "; only before a space, so that no sentence ends in one. */
  static TextRule contraction() {
    // The last contraction of an expansion counts, at the place of the first: Python's dict of swapped pairs.
    Map<String, String> contractions = new LinkedHashMap<>();
    WordLists.carried("contractions.json").forEach(pair -> contractions.put(pair.getLast(), pair.getFirst()));
    return inOtherWords(contractions, " ");
  }

  /** {@code ExpansionPerturbation}: "isn't" becomes "is not". */
  static TextRule expansion() {
    Map<String, String> expansions = new LinkedHashMap<>();
    WordLists.carried("contractions.json").forEach(pair -> expansions.put(pair.getFirst(), pair.getLast()));
    return inOtherWords(expansions, "");
  }

  private static TextRule inOtherWords(Map<String, String> others, String tail) {
    List<String> words = List.copyOf(others.keySet());
    Alternation alternation = Alternation.ignoringCase(words);
    return (text, _) ->
        alternation.replaceWords(
            text,
            tail,
            (_, word, alternative) -> {
              String other = others.get(others.containsKey(word) ? word : word.toLowerCase(Locale.ROOT));
              return MatchCase.of(word, other == null ? others.get(words.get(alternative)) : other) + tail;
            });
  }

  /** {@code MisspellingPerturbation}: each word of the list is misspelt with the probability. */
  static TextRule misspelling(Map<String, List<String>> misspellings, double probability) {
    Alternation words = Alternation.exactly(List.copyOf(misspellings.keySet()));
    return (text, random) ->
        words.replaceWords(
            text,
            "",
            (_, word, _) -> random.nextDouble() < probability ? MatchCase.of(word, random.choice(misspellings.get(word))) : word);
  }

  /** {@code DialectPerturbation}: each word of the list between two characters that are neither word nor hyphen is replaced with the probability. */
  static TextRule dialect(Map<String, List<String>> forms, double probability) {
    List<String> keys = List.copyOf(forms.keySet());
    Alternation words = Alternation.ignoringCase(keys);
    return (text, random) ->
        words.replaceBetween(
            text,
            WordRules::isOutsideAndNoHyphen,
            (whole, word, alternative) -> {
              if (random.nextDouble() >= probability) {
                return whole;
              }
              List<String> choices = forms.get(word.toLowerCase(Locale.ROOT));
              String form = random.choice(choices == null ? forms.get(keys.get(alternative)) : choices);
              return whole.replace(word, MatchCase.of(word, form));
            });
  }

  /**
   * {@code GenderPerturbation}: pair after pair, each word between two characters that are no word is replaced with the probability. A
   * word at either end of the text stays, and of two that share the character between them the second.
   *
   * @param pairs source word and target word, in the order they are applied
   */
  static TextRule gender(List<List<String>> pairs, double probability) {
    List<TextRule> rules = new ArrayList<>();
    for (List<String> pair : pairs) {
      Alternation source = Alternation.ignoringCase(List.of(pair.getFirst()));
      rules.add(
          (text, random) ->
              source.replaceBetween(
                  text,
                  WordRules::isOutside,
                  (whole, word, _) -> random.nextDouble() < probability ? whole.replace(word, MatchCase.of(word, pair.getLast())) : whole));
    }
    return rules.stream().reduce((text, _) -> text, TextRule::then);
  }

  /** {@code TyposPerturbation}: each letter becomes a neighbour on the keyboard with the probability. */
  static TextRule typos(double probability) {
    Map<String, List<String>> neighbours = new HashMap<>();
    WordLists.carried("neighbouring_keys.json").forEach(row -> neighbours.put(row.getFirst(), List.of(row.getLast().split(""))));
    return (text, random) -> {
      StringBuilder typed = new StringBuilder(text.length());
      for (int at = 0; at < text.length(); ) {
        int codePoint = text.codePointAt(at);
        at += Character.charCount(codePoint);
        String letter = Character.toString(codePoint);
        String lower = letter.toLowerCase(Locale.ROOT);
        List<String> near = neighbours.get(lower);
        String key = near != null && random.nextDouble() < probability ? random.choice(near) : lower;
        typed.append(lower.equals(letter) ? key : key.toUpperCase(Locale.ROOT));
      }
      return typed.toString();
    };
  }

  /**
   * {@code FillerWordsPerturbation}: before each word a filler with the probability.
   *
   * @param speaker whether phrases such as "I think", which say whose opinion it is, are among them
   */
  static TextRule filler(double probability, boolean speaker) {
    List<List<String>> kinds = WordLists.carried("fillers.json");
    List<String> fillers = kinds.subList(speaker ? 0 : 1, kinds.size()).stream().flatMap(List::stream).toList();
    return (text, random) -> {
      StringBuilder filled = new StringBuilder(text.length() * 2);
      for (String word : text.split(" ", -1)) {
        if (random.nextDouble() <= probability) {
          filled.append(random.choice(fillers)).append(' ');
        }
        filled.append(word).append(' ');
      }
      filled.setLength(filled.length() - 1);
      return filled.toString();
    };
  }
}
