package dev.assay.benchmarks.perturbation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.Exc;
import net.sf.extjwnl.data.IndexWord;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.data.Word;
import net.sf.extjwnl.dictionary.Dictionary;

/**
 * WordNet 3.0's synonyms of a word, as NLTK finds them: the word's base forms by its {@code _morphy} (nltk 3.9), then the words of every
 * sense of each, in WordNet's order. Safe for several threads.
 */
final class Thesaurus {
  /** {@code WordNetCorpusReader.MORPHOLOGICAL_SUBSTITUTIONS}: ending and what takes its place, in the order they are tried. */
  private static final Map<POS, List<Ending>> ENDINGS =
      Map.of(
          POS.NOUN,
          List.of(
              new Ending("s", ""),
              new Ending("ses", "s"),
              new Ending("ves", "f"),
              new Ending("xes", "x"),
              new Ending("zes", "z"),
              new Ending("ches", "ch"),
              new Ending("shes", "sh"),
              new Ending("men", "man"),
              new Ending("ies", "y")),
          POS.VERB,
          List.of(
              new Ending("s", ""),
              new Ending("ies", "y"),
              new Ending("es", "e"),
              new Ending("es", ""),
              new Ending("ed", "e"),
              new Ending("ed", ""),
              new Ending("ing", "e"),
              new Ending("ing", "")),
          POS.ADJECTIVE,
          List.of(new Ending("er", ""), new Ending("est", ""), new Ending("er", "e"), new Ending("est", "e")),
          POS.ADVERB,
          List.of());

  private final Dictionary dictionary;
  private final Map<Sought, List<String>> found = new ConcurrentHashMap<>();

  private Thesaurus(Dictionary dictionary) {
    this.dictionary = dictionary;
  }

  private record Ending(String old, String fresh) {}

  private record Sought(String word, POS partOfSpeech) {}

  /** The thesaurus; opened once, when it is first needed. */
  static Thesaurus wordNet() {
    return Opened.THESAURUS;
  }

  /**
   * Synonyms without the word itself, each once.
   *
   * @param word lower case
   */
  List<String> synonyms(String word, POS partOfSpeech) {
    return found.computeIfAbsent(new Sought(word, partOfSpeech), this::look);
  }

  private synchronized List<String> look(Sought sought) {
    try {
      Set<String> synonyms = new LinkedHashSet<>();
      for (IndexWord base : bases(sought)) {
        for (Synset sense : base.getSenses()) {
          sense.getWords().stream().map(Word::getLemma).forEach(synonyms::add);
        }
      }
      synonyms.remove(sought.word());
      return List.copyOf(synonyms);
    } catch (JWNLException e) {
      throw new IllegalStateException("WordNet cannot be read for " + sought, e);
    }
  }

  private List<IndexWord> bases(Sought sought) throws JWNLException {
    Set<String> forms = new LinkedHashSet<>();
    forms.add(sought.word());
    Exc irregular = dictionary.getException(sought.partOfSpeech(), sought.word());
    if (irregular != null) {
      forms.addAll(irregular.getExceptions());
    } else {
      for (Ending ending : ENDINGS.getOrDefault(sought.partOfSpeech(), List.of())) {
        if (sought.word().endsWith(ending.old())) {
          forms.add(sought.word().substring(0, sought.word().length() - ending.old().length()) + ending.fresh());
        }
      }
    }
    List<IndexWord> bases = new ArrayList<>();
    for (String form : forms) {
      IndexWord base = form.isEmpty() ? null : dictionary.getIndexWord(sought.partOfSpeech(), form);
      if (base != null) {
        bases.add(base);
      }
    }
    return bases;
  }

  private static final class Opened {
    static final Thesaurus THESAURUS = open();

    private static Thesaurus open() {
      try {
        return new Thesaurus(Dictionary.getDefaultResourceInstance());
      } catch (JWNLException e) {
        throw new IllegalStateException("WordNet is missing from the class path; rebuild Assay", e);
      }
    }
  }
}
