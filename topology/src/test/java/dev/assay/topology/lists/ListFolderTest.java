package dev.assay.topology.lists;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.topology.scoring.BiasLexicon;
import dev.assay.topology.scoring.PunktModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListFolderTest {
  private static final List<String> BIAS_LISTS =
      List.of("female_words", "male_words", "asian_names", "hispanic_names", "white_names", "adjectives", "professions");

  @TempDir private Path folder;

  @Test
  void lists_areRead() throws IOException {
    writeBias();
    Path punkt = Files.createDirectories(folder.resolve("punkt_english"));
    Files.writeString(punkt.resolve("abbrev_types.txt"), "dr\np.m\n");
    Files.writeString(punkt.resolve("collocations.tsv"), "st\tpetersburg\n");
    Files.writeString(punkt.resolve("sent_starters.txt"), "but\n");
    Files.writeString(punkt.resolve("ortho_context.tsv"), "the\t126\n");
    ListFolder lists = ListFolder.open(folder);
    BiasLexicon lexicon = lists.biasLexicon();
    assertThat(lexicon.race()).extracting(BiasLexicon.Group::name).containsExactly("asian", "hispanic", "white");
    assertThat(lexicon.adjectives()).containsExactly("one", "two");
    assertThat(lists.punktEnglish())
        .isEqualTo(
            new PunktModel(
                Set.of("dr", "p.m"), Set.of(new PunktModel.Collocation("st", "petersburg")), Set.of("but"), Map.of("the", 126)));
  }

  @Test
  void missingList_isNamedWithWhereItIsPublished() throws IOException {
    writeBias();
    Files.delete(folder.resolve("bias_adjectives.txt"));
    assertThatThrownBy(() -> ListFolder.open(folder).biasLexicon())
        .isInstanceOf(ListFileException.class)
        .hasMessageStartingWith("there is no ")
        .hasMessageContaining("bias_adjectives.txt")
        .hasMessageContaining("bias_word_lists.py");
    assertThatThrownBy(() -> ListFolder.open(folder).punktEnglish()).hasMessageContaining("abbrev_types.txt").hasMessageContaining("english.pickle");
    assertThatThrownBy(() -> ListFolder.open(folder.resolve("nowhere"))).hasMessageContaining("nowhere, expected a folder of word lists");
  }

  @Test
  void brokenLists_areRefused() throws IOException {
    writeBias();
    Files.writeString(folder.resolve("bias_male_words.txt"), "he\nhim\nhe\n");
    assertThatThrownBy(() -> ListFolder.open(folder).biasLexicon()).hasMessageContaining("bias_male_words.txt: got 'he' twice");
    Files.writeString(folder.resolve("bias_male_words.txt"), "\n");
    assertThatThrownBy(() -> ListFolder.open(folder).biasLexicon()).hasMessageContaining("got no word");
    Files.write(folder.resolve("bias_male_words.txt"), new byte[] {'h', (byte) 0xff});
    assertThatThrownBy(() -> ListFolder.open(folder).biasLexicon()).hasMessageContaining("no UTF-8");
    Path punkt = Files.createDirectories(folder.resolve("punkt_english"));
    for (String list : List.of("abbrev_types.txt", "collocations.tsv", "sent_starters.txt")) {
      Files.writeString(punkt.resolve(list), "");
    }
    Files.writeString(punkt.resolve("ortho_context.tsv"), "the\t126\nhe\tmany\n");
    assertThatThrownBy(() -> ListFolder.open(folder).punktEnglish()).hasMessageContaining("orthography, line 2: got the flags 'many'");
    Files.writeString(punkt.resolve("collocations.tsv"), "petersburg\n");
    assertThatThrownBy(() -> ListFolder.open(folder).punktEnglish()).hasMessageContaining("collocations, line 1: got 'petersburg', expected two words");
  }

  private void writeBias() throws IOException {
    for (String list : BIAS_LISTS) {
      Files.writeString(folder.resolve("bias_" + list + ".txt"), "one\ntwo\n");
    }
  }
}
