package dev.assay.topology.scoring;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Porter's suffix stripping as nltk 3.8 does it in its default mode, NLTK_EXTENSIONS, which is what rouge_score and HELM stem with. It departs
 * from the published algorithm in irregular forms, words of two letters, four-letter words in -ies and -ied, -y after a consonant, -alli,
 * -bli, -fulli, -logi and the short vowel-consonant stem; so the stemmers of Lucene, OpenNLP and Snowball give other stems.
 *
 * <p>Sources: Porter, "An algorithm for suffix stripping", Program 14, 1980; the extensions listed in the documentation of nltk.stem.porter.
 */
final class PorterStemmer {
  private static final Map<String, String> IRREGULAR =
      Map.ofEntries(
          Map.entry("sky", "sky"),
          Map.entry("skies", "sky"),
          Map.entry("dying", "die"),
          Map.entry("lying", "lie"),
          Map.entry("tying", "tie"),
          Map.entry("news", "news"),
          Map.entry("innings", "inning"),
          Map.entry("inning", "inning"),
          Map.entry("outings", "outing"),
          Map.entry("outing", "outing"),
          Map.entry("cannings", "canning"),
          Map.entry("canning", "canning"),
          Map.entry("howe", "howe"),
          Map.entry("proceed", "proceed"),
          Map.entry("exceed", "exceed"),
          Map.entry("succeed", "succeed"));

  /** Replaces a suffix where the stem before it has a measure above a bound; the first suffix that fits decides. */
  private record Rule(String suffix, String replacement) {}

  private static final Rule[] STEP_2 = {
    new Rule("ational", "ate"),
    new Rule("tional", "tion"),
    new Rule("enci", "ence"),
    new Rule("anci", "ance"),
    new Rule("izer", "ize"),
    new Rule("bli", "ble"),
    new Rule("alli", "al"),
    new Rule("entli", "ent"),
    new Rule("eli", "e"),
    new Rule("ousli", "ous"),
    new Rule("ization", "ize"),
    new Rule("ation", "ate"),
    new Rule("ator", "ate"),
    new Rule("alism", "al"),
    new Rule("iveness", "ive"),
    new Rule("fulness", "ful"),
    new Rule("ousness", "ous"),
    new Rule("aliti", "al"),
    new Rule("iviti", "ive"),
    new Rule("biliti", "ble"),
    new Rule("fulli", "ful"),
  };

  private static final Rule[] STEP_3 = {
    new Rule("icate", "ic"),
    new Rule("ative", ""),
    new Rule("alize", "al"),
    new Rule("iciti", "ic"),
    new Rule("ical", "ic"),
    new Rule("ful", ""),
    new Rule("ness", ""),
  };

  private static final Rule[] STEP_4 = {
    new Rule("al", ""),
    new Rule("ance", ""),
    new Rule("ence", ""),
    new Rule("er", ""),
    new Rule("ic", ""),
    new Rule("able", ""),
    new Rule("ible", ""),
    new Rule("ant", ""),
    new Rule("ement", ""),
    new Rule("ment", ""),
    new Rule("ent", ""),
    new Rule("ou", ""),
    new Rule("ism", ""),
    new Rule("ate", ""),
    new Rule("iti", ""),
    new Rule("ous", ""),
    new Rule("ive", ""),
    new Rule("ize", ""),
  };

  private PorterStemmer() {}

  /** The stem of a word of lower-case letters a to z and digits. */
  static String stem(String word) {
    String irregular = IRREGULAR.get(word);
    if (irregular != null) {
      return irregular;
    }
    if (word.length() <= 2) {
      return word;
    }
    return step5b(step5a(step4(step3(step2(step1c(step1b(step1a(word))))))));
  }

  private static String step1a(String word) {
    if (word.endsWith("ies")) {
      return word.length() == 4 ? cut(word, 1) : cut(word, 2);
    }
    if (word.endsWith("sses")) {
      return cut(word, 2);
    }
    return word.endsWith("s") && !word.endsWith("ss") ? cut(word, 1) : word;
  }

  private static String step1b(String word) {
    if (word.endsWith("ied")) {
      return word.length() == 4 ? cut(word, 1) : cut(word, 2);
    }
    if (word.endsWith("eed")) {
      return measure(word, word.length() - 3) > 0 ? cut(word, 1) : word;
    }
    for (String suffix : new String[] {"ed", "ing"}) {
      String stem = before(word, suffix);
      if (stem != null && hasVowel(stem)) {
        return restore(stem);
      }
    }
    return word;
  }

  /** Repairs a stem that lost -ed or -ing: hoping → hope, hopping → hop. */
  private static String restore(String stem) {
    if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
      return stem + "e";
    }
    int last = stem.length() - 1;
    if (last >= 1 && stem.charAt(last) == stem.charAt(last - 1) && isConsonant(stem, last)) {
      return "lsz".indexOf(stem.charAt(last)) < 0 ? cut(stem, 1) : stem;
    }
    return measure(stem, stem.length()) == 1 && endsShort(stem, stem.length()) ? stem + "e" : stem;
  }

  private static String step1c(String word) {
    int last = word.length() - 1;
    return last >= 2 && word.charAt(last) == 'y' && isConsonant(word, last - 1) ? cut(word, 1) + "i" : word;
  }

  private static String step2(String word) {
    if (word.endsWith("alli") && measure(word, word.length() - 4) > 0) {
      return step2(cut(word, 2));
    }
    if (word.endsWith("logi")) {
      return measure(word, word.length() - 3) > 0 ? cut(word, 1) : word;
    }
    return apply(STEP_2, 0, word);
  }

  private static String step3(String word) {
    return apply(STEP_3, 0, word);
  }

  private static String step4(String word) {
    String stem = before(word, "ion");
    if (stem != null) {
      return (stem.endsWith("s") || stem.endsWith("t")) && measure(stem, stem.length()) > 1 ? stem : word;
    }
    return apply(STEP_4, 1, word);
  }

  private static String step5a(String word) {
    if (!word.endsWith("e")) {
      return word;
    }
    int length = word.length() - 1;
    int measure = measure(word, length);
    return measure > 1 || (measure == 1 && !endsShort(word, length)) ? cut(word, 1) : word;
  }

  private static String step5b(String word) {
    return word.endsWith("ll") && measure(word, word.length() - 1) > 1 ? cut(word, 1) : word;
  }

  private static String apply(Rule[] rules, int above, String word) {
    for (Rule rule : rules) {
      String stem = before(word, rule.suffix);
      if (stem != null) {
        return measure(stem, stem.length()) > above ? stem + rule.replacement : word;
      }
    }
    return word;
  }

  private static @Nullable String before(String word, String suffix) {
    return word.endsWith(suffix) ? cut(word, suffix.length()) : null;
  }

  private static String cut(String word, int characters) {
    return word.substring(0, word.length() - characters);
  }

  /** Porter's m of the first {@code length} letters: how often a vowel is followed by a consonant. */
  private static int measure(String word, int length) {
    int measure = 0;
    boolean consonant = true;
    for (int i = 0; i < length; i++) {
      boolean afterVowel = !consonant;
      consonant = isConsonant(word.charAt(i), i > 0 && consonant);
      measure += consonant && afterVowel ? 1 : 0;
    }
    return measure;
  }

  private static boolean hasVowel(String stem) {
    boolean consonant = false;
    for (int i = 0; i < stem.length(); i++) {
      consonant = isConsonant(stem.charAt(i), consonant);
      if (!consonant) {
        return true;
      }
    }
    return false;
  }

  /** Ends consonant-vowel-consonant, the last not w, x or y; or is but a vowel and a consonant. */
  private static boolean endsShort(String word, int length) {
    if (length == 2) {
      return !isConsonant(word, 0) && isConsonant(word, 1);
    }
    return length >= 3
        && isConsonant(word, length - 3)
        && !isConsonant(word, length - 2)
        && isConsonant(word, length - 1)
        && "wxy".indexOf(word.charAt(length - 1)) < 0;
  }

  private static boolean isConsonant(String word, int i) {
    // Among y in a row every other one is a consonant, as is one that begins a word.
    int other = i;
    while (other > 0 && word.charAt(other) == 'y') {
      other--;
    }
    return isConsonant(word.charAt(other), false) == ((i - other) % 2 == 0);
  }

  /** A y is a vowel after a consonant; a digit counts as a consonant. */
  private static boolean isConsonant(char letter, boolean afterConsonant) {
    return switch (letter) {
      case 'a', 'e', 'i', 'o', 'u' -> false;
      case 'y' -> !afterConsonant;
      default -> true;
    };
  }
}
