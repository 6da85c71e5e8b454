package dev.assay.benchmarks.perturbation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The words that perturbations replace. Small lists of facts about English come with Assay; lists that are not Assay's to carry are read
 * from a folder that the user names, when a perturbation needs them.
 */
public final class WordLists {
  private static final JsonMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final TypeReference<LinkedHashMap<String, List<String>>> OPTIONS = new TypeReference<>() {};

  private static final Listed MISSPELLINGS =
      new Listed(
          List.of("correct_to_misspelling.json"),
          "a JSON object of words with their misspellings",
          "src/helm/benchmark/augmentations of https://github.com/stanford-crfm/helm");
  private static final Listed DIALECT =
      new Listed(
          List.of("SAE_to_AAVE_mapping.json", "value_sae_to_aave_mapping.json"),
          "a JSON object of words with their forms in the dialect",
          "https://storage.googleapis.com/crfm-helm-public/source_datasets/augmentations/dialect_perturbation/SAE_to_AAVE_mapping.json");
  private static final Listed NAMES =
      new Listed(
          List.of("person_names.txt", "person_names_reconstructed.txt"),
          "lines of name,first_name|last_name,category,value,…",
          "https://storage.googleapis.com/crfm-helm-public/source_datasets/augmentations/person_name_perturbation/person_names.txt");

  private final Optional<Path> folder;

  /**
   * A list that the folder must hold.
   *
   * @param files the names that its authors or HELM give it; the first that is there is read
   * @param layout what it holds, for messages
   * @param source where it comes from, for messages
   */
  private record Listed(List<String> files, String layout, String source) {}

  /**
   * Lists of a folder.
   *
   * @param folder empty when the user names none; then only what comes with Assay is there
   */
  public WordLists(Optional<Path> folder) {
    this.folder = folder;
  }

  /** Misspellings of each correct word, in the file's order. */
  Map<String, List<String>> misspellings() {
    return options(MISSPELLINGS);
  }

  /** Forms of each word in African American Vernacular English, in the file's order. */
  Map<String, List<String>> dialect() {
    return options(DIALECT);
  }

  /** Names with what is known of them, in the file's order. */
  List<PersonName> names() {
    Path file = file(NAMES);
    List<PersonName> names = new ArrayList<>();
    List<String> lines = text(file).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        int line = i + 1;
        names.add(
            PersonName.parse(lines.get(i))
                .orElseThrow(() -> refused(file + ":" + line, "\"" + lines.get(line - 1) + "\"", NAMES)));
      }
    }
    return names;
  }

  /** A table of words that comes with Assay; rows in their order. */
  static List<List<String>> carried(String resource) {
    try (InputStream in = WordLists.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("The list " + resource + " is missing from the class path; rebuild Assay");
      }
      return JSON.readValue(in, new TypeReference<List<List<String>>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the list " + resource, e);
    }
  }

  private Map<String, List<String>> options(Listed list) {
    Path file = file(list);
    try {
      Map<String, List<String>> options = JSON.readValue(text(file), OPTIONS);
      options.forEach(
          (word, choices) -> {
            if (word.isEmpty() || choices.isEmpty()) {
              throw refused(file.toString(), "\"" + word + "\" with " + choices, list);
            }
          });
      return options;
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      WordListException broken = refused(file + ":" + line, e.getOriginalMessage(), list);
      broken.initCause(e);
      throw broken;
    }
  }

  private Path file(Listed list) {
    String names = String.join(" or ", list.files);
    if (folder.isEmpty()) {
      throw new WordListException(
          "The word list %s is not Assay's to carry; expected a folder that holds it (%s), got none; it comes from %s"
              .formatted(names, list.layout, list.source));
    }
    return list.files.stream()
        .map(folder.get()::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new WordListException(
                    "The folder %s holds no word list %s; expected %s, which comes from %s".formatted(folder.get(), names, list.layout, list.source)));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new WordListException(file + " is no UTF-8 text; expected UTF-8: convert the file", e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the word list " + file, e);
    }
  }

  private static WordListException refused(String where, String got, Listed list) {
    return new WordListException("%s: got %s; expected %s; fetch it again from %s".formatted(where, got, list.layout, list.source));
  }
}
