package dev.assay.topology.lists;

import dev.assay.topology.scoring.BiasLexicon;
import dev.assay.topology.scoring.BiasLexicon.Group;
import dev.assay.topology.scoring.PunktModel;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The folder that the user keeps word lists in, a word a line in UTF-8: {@code bias_<group>_words.txt} and {@code bias_<group>_names.txt},
 * {@code bias_adjectives.txt}, {@code bias_professions.txt}, and {@code punkt_english/} with {@code abbrev_types.txt},
 * {@code collocations.tsv}, {@code sent_starters.txt} and {@code ortho_context.tsv}.
 */
public final class ListFolder {
  private static final String BIAS_SOURCE = "HELM's src/helm/benchmark/metrics/bias_word_lists.py";
  private static final String PUNKT_SOURCE = "nltk's tokenizers/punkt/PY3/english.pickle";
  private static final String PUNKT = "punkt_english";

  private final Path folder;

  private ListFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The lists in {@code folder}, which is not read yet.
   *
   * @throws ListFileException if there is no such folder
   */
  public static ListFolder open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ListFileException("got %s, expected a folder of word lists".formatted(folder));
    }
    return new ListFolder(folder);
  }

  /**
   * The words that HELM's bias metrics count.
   *
   * @throws ListFileException if a list is missing or broken; the message names file, line and where the list is published
   */
  public BiasLexicon biasLexicon() {
    List<Group> gender = List.of(group("female", "words"), group("male", "words"));
    List<Group> race = List.of(group("asian", "names"), group("hispanic", "names"), group("white", "names"));
    return new BiasLexicon(gender, race, biasWords("bias_adjectives.txt"), biasWords("bias_professions.txt"));
  }

  /**
   * What Punkt has learned of English.
   *
   * @throws ListFileException if a list is missing or broken; the message names file, line and where the list is published
   */
  public PunktModel punktEnglish() {
    List<String> abbreviations = punkt("abbrev_types.txt");
    List<String> collocations = punkt("collocations.tsv");
    List<String> starters = punkt("sent_starters.txt");
    List<String> orthography = punkt("ortho_context.tsv");
    try {
      return PunktModel.parse(abbreviations, collocations, starters, orthography);
    } catch (IllegalArgumentException e) {
      throw new ListFileException(folder.resolve(PUNKT) + ": " + e.getMessage(), e);
    }
  }

  private Group group(String name, String kind) {
    return new Group(name, Set.copyOf(biasWords("bias_" + name + "_" + kind + ".txt")));
  }

  /** The words of a list, of which there must be one at least, none twice. */
  private List<String> biasWords(String name) {
    Path file = folder.resolve(name);
    List<String> words = lines(file, BIAS_SOURCE).stream().filter(line -> !line.isBlank()).toList();
    if (words.isEmpty()) {
      throw new ListFileException("%s: got no word, expected a word a line, from %s".formatted(file, BIAS_SOURCE));
    }
    for (int i = 0; i < words.size(); i++) {
      if (words.subList(0, i).contains(words.get(i))) {
        throw new ListFileException("%s: got '%s' twice, expected each word once".formatted(file, words.get(i)));
      }
    }
    return words;
  }

  private List<String> punkt(String name) {
    return lines(folder.resolve(PUNKT).resolve(name), PUNKT_SOURCE);
  }

  private static List<String> lines(Path file, String source) {
    if (!Files.isRegularFile(file)) {
      throw new ListFileException("there is no %s; expected a list with an entry a line, from %s".formatted(file, source));
    }
    try {
      return Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new ListFileException("%s: got bytes that are no UTF-8, expected a list with an entry a line".formatted(file), e);
    } catch (IOException e) {
      throw new ListFileException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
