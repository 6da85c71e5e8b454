package dev.assay.benchmarks;

import dev.assay.benchmarks.python.PythonRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * HELM's division of a benchmark into the pool that worked examples are drawn from and the questions that are asked
 * (src/helm/benchmark/scenarios at v0.5.16).
 */
record HelmSplit(List<Question> pool, List<Question> asked) {
  private static final double TRUTHFULQA_TRAIN_RATIO = 0.2;
  private static final int BBQ_TEST_SIZE = 1000;
  private static final double BIG_BENCH_TEST_RATIO = 0.2;
  private static final int BIG_BENCH_LEAST_TEST = 16;

  HelmSplit {
    pool = List.copyOf(pool);
    asked = List.copyOf(asked);
  }

  static HelmSplit of(TaskQuestions task) {
    List<Question> rows = task.rows();
    int n = rows.size();
    return switch (task.files().benchmark()) {
      case MMLU, GSM8K, CNNDM, BIGBENCH_HARD, TRUTHFULQA_MC2, OWN -> new HelmSplit(task.examples(), rows);
      case TRUTHFULQA -> at(rows, (int) (n * TRUTHFULQA_TRAIN_RATIO));
      case BBQ -> at(shuffled(rows), n - BBQ_TEST_SIZE);
      case BIGBENCH -> at(shuffled(rows), n - 2 * Math.max((int) (BIG_BENCH_TEST_RATIO * n), BIG_BENCH_LEAST_TEST));
    };
  }

  private static HelmSplit at(List<Question> rows, int wanted) {
    int pool = Math.max(0, wanted);
    return new HelmSplit(rows.subList(0, pool), rows.subList(pool, rows.size()));
  }

  private static List<Question> shuffled(List<Question> rows) {
    List<Question> shuffled = new ArrayList<>(rows);
    new PythonRandom(0).shuffle(shuffled);
    return shuffled;
  }
}
