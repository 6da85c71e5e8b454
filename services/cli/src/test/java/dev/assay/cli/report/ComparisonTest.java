package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

final class ComparisonTest {

  private static final Contestant A = new Contestant("r", "a", "c0ffee123456");
  private static final Contestant B = new Contestant("r", "b", "c0ffee123456");

  private final List<Verdict> verdicts = new ArrayList<>();

  private void both(String task, int questions, int ofA, int ofB) {
    for (int i = 0; i < questions; i++) {
      String prompt = task + "/" + verdicts.size();
      verdicts.add(Verdicts.choice(prompt, "a", task, ofA));
      verdicts.add(Verdicts.choice(prompt, "b", task, ofB));
    }
  }

  private Comparison compare() {
    return Comparison.of(A, B, Verdicts.standing(verdicts), Optional.empty());
  }

  private List<String> lines() {
    return new ComparisonReport(compare()).lines();
  }

  @Test
  void lines_secondIsClearlyBetter_sayByHowMuchAndHowSure() {
    both("sums", 40, 1, 1);
    both("sums", 20, 0, 1);
    both("sums", 10, 1, 0);
    both("sums", 20, 2, 2);
    both("sums", 10, 2, 3);
    both("words", 20, 0, 1);

    List<String> lines = lines();

    assertThat(lines.getFirst()).matches("b is better than a by 25\\.0 points, 1\\d\\.\\d to 3\\d\\.\\d, on 120 shared questions \\(accuracy/mean-logprob, p < 0\\.0001\\)\\.");
    assertThat(lines)
        .anySatisfy(line -> assertThat(line).matches(" words +20 +0\\.0 +100\\.0 +-100\\.0 .*b is better"))
        .anySatisfy(line -> assertThat(line).matches(" sums +100 +50\\.0 +60\\.0 +-10\\.0 \\[.*"))
        .contains("Both right 40, only a 10, only b 40, both wrong 30.")
        .anySatisfy(line -> assertThat(line).contains("corrected over 2 comparisons", "Holm"))
        .contains("Of 30 questions that both got wrong, both gave the same wrong answer to 20 (66.7 %).");
  }

  @Test
  void parts_ofTwoTasks_haveHolmsPValues() {
    both("sums", 20, 0, 1);
    both("sums", 10, 1, 0);
    both("words", 6, 0, 1);

    Comparison.Part part = compare().parts().getFirst();

    // scipy.stats.binomtest(10, 30).pvalue = 0.09873714670538905 and binomtest(0, 6).pvalue = 0.03125, twice that by Holm.
    assertThat(part.corrected().get("sums")).isCloseTo(0.09873714670538905, within(1e-12));
    assertThat(part.corrected().get("words")).isCloseTo(0.0625, within(1e-12));
    assertThat(part.types().get("KNOWLEDGE")).isEqualTo(part.all());
  }

  @Test
  void lines_noDifference_sayHowManyQuestionsWouldBeNeeded() {
    both("sums", 20, 0, 1);
    both("sums", 10, 1, 0);
    both("sums", 70, 1, 1);

    // (1.959964 · √0.3 + 0.841621 · √(0.3 − 0.1²))² / 0.1² = 233.09
    assertThat(lines().getFirst())
        .startsWith("No difference can be told: b has 10.0 points more than a, -")
        .endsWith("A difference of this size would be told, 8 times in 10, on about 234.");
  }

  @Test
  void comparison_questionsThatOneAnswered_areCountedAndLeftOut() {
    both("sums", 3, 1, 0);
    verdicts.add(Verdicts.choice("mine", "a", "sums", 1));
    verdicts.add(Verdicts.choice("other", "a", "sums", 1));
    verdicts.add(Verdicts.choice("other", "b", "words", 1));

    Comparison comparison = compare();

    assertThat(comparison.shared()).isEqualTo(3);
    assertThat(comparison.firstOnly()).isEqualTo(1);
    assertThat(comparison.secondOnly()).isZero();
    assertThat(comparison.unlike()).isEqualTo(1);
  }

  @Test
  void comparison_ofScores_isByThePairedTTest() {
    double[] ofA = {0.1, 0.4, 0.3, 0.8};
    double[] ofB = {0.2, 0.7, 0.35, 0.9};
    for (int i = 0; i < ofA.length; i++) {
      verdicts.add(Verdicts.text("p" + i, "a", "news", "one", Map.of("rouge_2", ofA[i], "z", 1.0)));
      verdicts.add(Verdicts.text("p" + i, "b", "news", "two", Map.of("rouge_2", ofB[i], "z", 1.0)));
    }

    PairedSample sample = compare().parts().getFirst().all();

    // scipy.stats.ttest_rel
    assertThat(sample.isBinary()).isFalse();
    assertThat(sample.mean()).isCloseTo(-0.1375, within(1e-12));
    assertThat(sample.pValue()).isCloseTo(0.08923584377732935, within(1e-9));
    assertThat(lines().getFirst()).startsWith("No difference can be told: b has 13.8 points more than a").contains("rouge_2");
  }

  @Test
  void comparison_unknownMetric_namesThoseThatThereAre() {
    both("sums", 1, 1, 0);

    assertThatThrownBy(() -> Comparison.of(A, B, Verdicts.standing(verdicts), Optional.of("speed")))
        .hasMessageContaining("speed")
        .hasMessageContaining("accuracy/every-order, accuracy/max-vote, accuracy/mean-logprob, accuracy/one");
  }

  @Test
  void comparison_nothingShared_saysSo() {
    verdicts.add(Verdicts.choice("p", "a", "sums", 1));

    assertThat(lines().getFirst()).startsWith("No difference can be told: there is no question that both answered");
  }

  @Test
  void standing_theEarliestAnswerCounts_andJudgedAnewItReplaces() {
    Verdict first = Verdicts.choice("p", "a", "sums", 0);
    Verdict later = Verdict.newBuilder(Verdicts.choice("p", "a", "sums", 2)).setAnsweredAt(Verdicts.START.plusMillis(1)).build();
    Verdict anew = Verdicts.choice("p", "a", "sums", 1);

    assertThat(Verdicts.standing(List.of(first, later)).of(A).get("p")).isEqualTo(first);
    assertThat(Verdicts.standing(List.of(later, first)).of(A).get("p")).isEqualTo(first);
    assertThat(Verdicts.standing(List.of(first, anew)).of(A).get("p")).isEqualTo(anew);
  }

  @Test
  void standing_aScoreThatNoTableCounts_isLeftOut() {
    Verdict sound = Verdicts.text("p", "a", "news", "one", Map.of("rouge_2", 0.5));
    Verdict broken = Verdicts.text("p", "a", "news", "one", Map.of("rouge_2", 1.5));

    assertThat(Verdicts.standing(List.of(sound, broken)).of(A).get("p")).isEqualTo(sound);
  }

  @Test
  void named_byTheBeginningOfTheCheckpoint_isTheOnlyOneThatFits() {
    Contestant old = new Contestant("r", "a", "abcdef");
    List<Contestant> known = List.of(A, B, old, new Contestant("other", "a", "c0ff"));

    assertThat(Contestant.named("a@c0", "r", known)).isEqualTo(A);
    assertThat(Contestant.named("b", "r", known)).isEqualTo(B);
    assertThatThrownBy(() -> Contestant.named("a", "r", known)).hasMessageContaining("several checkpoints").hasMessageContaining("a@abcdef, a@c0ffee12");
    assertThatThrownBy(() -> Contestant.named("c", "r", known)).hasMessageContaining("expected one of").hasMessageContaining("b@c0ffee12");
  }

  @Test
  void tree_isFirstMinusSecond() {
    both("sums", 2, 1, 0);

    Map<String, ?> tree = new ComparisonReport(compare()).tree();

    assertThat(tree.get("rows")).asInstanceOf(InstanceOfAssertFactories.list(Map.class)).hasSize(3).allSatisfy(
        row -> assertThat(row.get("difference")).isEqualTo(1.0));
  }
}
