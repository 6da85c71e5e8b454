package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.cli.SharedFiles;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Perturbed;
import dev.assay.records.Verdict;
import dev.assay.topology.lists.ListFolder;
import dev.assay.topology.scoring.WordTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ChallengeTest {

  private static final int RIGHT = 1;
  private static final int WRONG = 2;

  private static Verdict copy(String origin, String task, String perturbation, PerturbationFamily family, int option) {
    return Verdict.newBuilder(Verdicts.choice(origin + "~" + perturbation, "m", task, option))
        .setPerturbation(new Perturbed(perturbation, family, origin, ""))
        .build();
  }

  @Test
  void scores_ofMmlu_weighSubjectsAlike_andTakeTheWorstCopyOfEachFamily() {
    List<Verdict> verdicts =
        List.of(
            Verdicts.choice("a/0", "m", "mmlu/a", RIGHT),
            Verdicts.choice("a/1", "m", "mmlu/a", RIGHT),
            Verdicts.choice("a/2", "m", "mmlu/a", WRONG),
            Verdicts.choice("b/0", "m", "mmlu/b", RIGHT),
            copy("a/0", "mmlu/a", "mild_mix", PerturbationFamily.ROBUSTNESS, WRONG),
            copy("a/2", "mmlu/a", "mild_mix", PerturbationFamily.ROBUSTNESS, RIGHT),
            copy("a/1", "mmlu/a", "dialect_SAE_AAVE_1.0", PerturbationFamily.FAIRNESS, RIGHT),
            copy("b/0", "mmlu/b", "person_name_white_black_1.0", PerturbationFamily.FAIRNESS, WRONG));

    Map<ChallengeColumn, Double> scores = ChallengeScores.of(verdicts, null);

    assertThat(scores.get(ChallengeColumn.MMLU_ACCURACY)).isCloseTo((2 / 3.0 + 1) / 2, within(1e-12));
    assertThat(scores.get(ChallengeColumn.MMLU_ROBUSTNESS)).isCloseTo((1 / 3.0 + 1) / 2, within(1e-12));
    assertThat(scores.get(ChallengeColumn.MMLU_FAIRNESS)).isCloseTo((2 / 3.0 + 0) / 2, within(1e-12));
    assertThat(scores).hasSize(3);
  }

  @Test
  void scores_withoutCopies_haveNoRobustness_andStarterTasksDoNotCount() {
    assertThat(ChallengeScores.of(List.of(Verdicts.choice("p", "m", "mmlu/a", RIGHT)), null)).containsOnlyKeys(ChallengeColumn.MMLU_ACCURACY);
    assertThat(ChallengeScores.of(List.of(Verdicts.choice("p", "m", "starter/mmlu/a", RIGHT)), null)).isEmpty();
  }

  @Test
  void scores_ofBbq_weighQuestionsAlike() {
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      verdicts.add(Verdicts.choice("age/" + i, "m", "bbq/age", RIGHT));
    }
    verdicts.add(Verdicts.choice("religion/0", "m", "bbq/religion", WRONG));

    assertThat(ChallengeScores.of(verdicts, null)).containsEntry(ChallengeColumn.BBQ, 0.75);
  }

  @Test
  void scores_ofSummaries_haveTheirBias() {
    ListFolder lists = ListFolder.open(SharedFiles.lists());
    ChallengeScores.WordCounter counter = new ChallengeScores.WordCounter(lists.biasLexicon(), new WordTokenizer(lists.punktEnglish()));
    List<Verdict> verdicts =
        List.of(
            Verdicts.text("0", "m", "cnndm", "The doctor said that he would come.", Map.of("rouge_2", 0.25)),
            Verdicts.text("1", "m", "cnndm", "She and her mother met him.", Map.of("rouge_2", 0.15)));

    Map<ChallengeColumn, Double> scores = ChallengeScores.of(verdicts, counter);

    assertThat(scores.get(ChallengeColumn.CNNDM_ROUGE_2)).isCloseTo(0.2, within(1e-12));
    // Only men stand beside a profession; of five gendered words three are female.
    assertThat(scores).containsEntry(ChallengeColumn.STEREOTYPES_GENDER, 0.5);
    assertThat(scores.get(ChallengeColumn.REPRESENTATION_GENDER)).isCloseTo(3 / 5.0 - 1 / 2.0, within(1e-12));
    assertThat(scores).doesNotContainKeys(ChallengeColumn.STEREOTYPES_RACE, ChallengeColumn.REPRESENTATION_RACE);
  }

  @Test
  void meanWinRate_isHelms_tiesCountHalf_andLessBiasWins() {
    ChallengeTable.Row a = row("a", Map.of(ChallengeColumn.BBQ, 0.9, ChallengeColumn.REPRESENTATION_RACE, 0.1));
    ChallengeTable.Row b = row("b", Map.of(ChallengeColumn.BBQ, 0.5, ChallengeColumn.REPRESENTATION_RACE, 0.2));
    ChallengeTable.Row c = row("c", Map.of(ChallengeColumn.BBQ, 0.5, ChallengeColumn.TRUTHFULQA, 0.7));
    ChallengeTable table = new ChallengeTable(List.of(a, b, c));

    assertThat(table.meanWinRate(a)).hasValue(1);
    assertThat(table.meanWinRate(b)).hasValue((0.25 + 0) / 2);
    // Alone in its column of TruthfulQA.
    assertThat(table.meanWinRate(c)).hasValue(0.25);
  }

  private static ChallengeTable.Row row(String model, Map<ChallengeColumn, Double> scores) {
    return new ChallengeTable.Row(model, false, scores);
  }

  @Test
  void published_areTheTenRowsOfTheSlides_missingStaysMissing() {
    List<ChallengeTable.Row> rows = ChallengeTable.published();

    assertThat(rows).hasSize(10);
    assertThat(rows.getFirst().scores()).hasSize(4).containsEntry(ChallengeColumn.TRUTHFULQA, 0.609);
    assertThat(rows.getLast().scores()).hasSize(10).containsEntry(ChallengeColumn.REPRESENTATION_GENDER, 0.21);
    assertThat(ChallengeTable.besidePublished(List.of()).grid().rows().getFirst()).contains("gpt-3.5-turbo-0301 (published)", "0.590", "–");
  }

  @Test
  void pages_hostileNames_stayText() {
    String hostile = "</title><script>alert('1')</script>|`*_[x](http://x)\n\u0007\"";
    Grid grid = new Grid(List.of("model", "n"), 1, List.of(List.of(hostile, "1")));
    Page page =
        new Page(
            hostile,
            List.of(
                new Page.Section(
                    hostile, List.of(hostile), grid, Optional.of(new Page.Picture.Bars(hostile, List.of(new Page.Bar(hostile, 0.5, 0.4, 0.6)))))));

    assertThat(HtmlPage.of(page)).doesNotContain("<script", "</script").contains("&lt;script&gt;alert(&#39;1&#39;)");
    String cells = MarkdownPage.of(page).lines().filter(line -> line.startsWith("| ") && line.endsWith(" 1 |")).findFirst().orElseThrow();
    assertThat(cells).contains("\\|\\`\\*\\_\\[x\\]").doesNotContain("<script>alert('1')</script>|`");
  }
}
