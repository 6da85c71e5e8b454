package dev.assay.benchmarks.perturbation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.sf.extjwnl.data.POS;
import opennlp.tools.postag.POSModel;
import opennlp.tools.postag.POSTagger;
import opennlp.tools.postag.POSTaggerME;
import opennlp.tools.tokenize.Tokenizer;
import opennlp.tools.tokenize.TokenizerME;
import opennlp.tools.tokenize.TokenizerModel;
import opennlp.tools.util.Span;

/**
 * HELM's {@code SynonymPerturbation}: verbs, nouns, adverbs and adjectives become synonyms of WordNet. The draws are HELM's. Words and
 * their parts of speech are told by OpenNLP's models of the Universal Dependencies, which have the tag set of HELM's spaCy model and
 * sometimes another opinion.
 */
final class Synonyms {
  private static final Map<String, POS> PARTS_OF_SPEECH =
      Map.of("VERB", POS.VERB, "NOUN", POS.NOUN, "ADV", POS.ADVERB, "ADJ", POS.ADJECTIVE);

  /** Neither is safe for several threads, and both are costly to make. */
  private static final ThreadLocal<Analyser> ANALYSERS =
      ThreadLocal.withInitial(() -> new Analyser(new TokenizerME(Models.TOKENIZER, null), new POSTaggerME(Models.TAGGER)));

  private Synonyms() {}

  /** What splits a text into words and tells their parts of speech. */
  private record Analyser(Tokenizer tokenizer, POSTagger tagger) {}

  /** Each word that has synonyms becomes one of them with the probability. */
  static TextRule rule(double probability) {
    return (text, random) -> {
      Analyser analyser = ANALYSERS.get();
      Span[] tokens = analyser.tokenizer().tokenizePos(text);
      String[] tags = analyser.tagger().tag(Span.spansToStrings(tokens, text));
      StringBuilder out = new StringBuilder(text.length() * 2);
      int copied = 0;
      for (int i = 0; i < tokens.length; i++) {
        String word = text.substring(tokens[i].getStart(), tokens[i].getEnd());
        POS partOfSpeech = PARTS_OF_SPEECH.get(tags[i]);
        List<String> synonyms = partOfSpeech == null ? List.of() : Thesaurus.wordNet().synonyms(word.toLowerCase(Locale.ROOT), partOfSpeech);
        if (!synonyms.isEmpty() && random.nextDouble() < probability) {
          out.append(text, copied, tokens[i].getStart()).append(MatchCase.of(word, random.choice(synonyms)));
          copied = tokens[i].getEnd();
        }
      }
      return out.append(text, copied, text.length()).toString();
    };
  }

  /** Of the jars opennlp-models-tokenizer-en and opennlp-models-pos-en. */
  private static final class Models {
    static final TokenizerModel TOKENIZER = open("/opennlp-en-ud-ewt-tokens-1.3-2.5.4.bin", TokenizerModel::new);
    static final POSModel TAGGER = open("/opennlp-en-ud-ewt-pos-1.3-2.5.4.bin", POSModel::new);

    private interface Reading<T> {
      T of(InputStream in) throws IOException;
    }

    private static <T> T open(String resource, Reading<T> reading) {
      try (InputStream in = Synonyms.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException("The model " + resource + " is missing from the class path; rebuild Assay");
        }
        return reading.of(in);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the model " + resource, e);
      }
    }
  }
}
