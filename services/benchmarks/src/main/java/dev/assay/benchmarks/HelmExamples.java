package dev.assay.benchmarks;

import dev.assay.benchmarks.python.PythonRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * HELM's choice of worked examples ({@code InContextLearningAdapter.sample_examples}): labels by falling frequency, ties shuffled, then
 * one random example of each label in turn.
 */
final class HelmExamples {
  /** Python compares texts by code point, Java by UTF-16 unit. */
  private static final Comparator<String> BY_CODE_POINT =
      (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());

  private HelmExamples() {}

  /**
   * Draws worked examples without replacement.
   *
   * @param shots how many; fewer when the pool holds fewer
   * @param trial HELM's train trial, the seed; its published runs use 0
   */
  static List<Question> draw(List<Question> pool, int shots, long trial) {
    PythonRandom random = new PythonRandom(trial);
    Map<String, List<Question>> byLabel = new TreeMap<>(BY_CODE_POINT);
    for (Question question : pool) {
      byLabel.computeIfAbsent(label(question), any -> new ArrayList<>()).add(question);
    }
    List<String> labels = labelsInTurn(byLabel, random);
    List<Question> drawn = new ArrayList<>();
    int wanted = Math.min(shots, pool.size());
    for (int turn = 0; drawn.size() < wanted; turn++) {
      List<Question> left = byLabel.getOrDefault(labels.get(turn % labels.size()), List.of());
      if (!left.isEmpty()) {
        drawn.add(left.remove(random.below(left.size())));
      }
    }
    return drawn;
  }

  private static List<String> labelsInTurn(Map<String, List<Question>> byLabel, PythonRandom random) {
    Map<Integer, List<String>> byCount = new TreeMap<>(Comparator.reverseOrder());
    byLabel.forEach((label, questions) -> byCount.computeIfAbsent(questions.size(), any -> new ArrayList<>()).add(label));
    List<String> turns = new ArrayList<>();
    for (List<String> labels : byCount.values()) {
      random.shuffle(labels);
      turns.addAll(labels);
    }
    return turns;
  }

  private static String label(Question question) {
    return switch (question) {
      case ChoiceQuestion choice -> choice.options().get(choice.gold().getFirst());
      case TextQuestion text -> text.references().getFirst();
    };
  }
}
