package dev.assay.bench;

import dev.assay.records.Choice;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.tables.Metrics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many values each row of a finished run has counted, by hand: what tells that a table is complete.
 *
 * @param run the run
 * @param counts number of values by cell; the metrics named here stand for those that are written together with them
 */
public record Expectation(String run, Map<Cell, Long> counts) {

  /** A cell of a run's table; {@code other} is the second model's name, empty when there is none. */
  public record Cell(String model, String other, Scope scope, String task, String metric) {
    static Cell of(MetricRow row) {
      String other = row.getOther() == null ? "" : row.getOther().substring(0, row.getOther().lastIndexOf('@'));
      return new Cell(row.getModel(), other, row.getScope(), row.getTask(), row.getMetric());
    }
  }

  /** Copies the counts. */
  public Expectation {
    counts = Map.copyOf(counts);
  }

  /** What a run of a question set ends with when every model answers every prompt. */
  public static Expectation of(String run, QuestionSet questions, int size, List<String> models) {
    Map<Cell, Long> counts = new HashMap<>();
    for (String model : models) {
      counts.put(new Cell(model, "", Scope.RUN, "*", Metrics.FLOW_PROMPTS), (long) size);
      counts.put(new Cell(model, "", Scope.RUN, "*", Metrics.FLOW_VERDICTS), (long) size);
      counts.put(new Cell(model, "", Scope.RUN, "*", Metrics.FLOW_PENDING), 0L);
      counts.put(new Cell(model, "", Scope.RUN, "*", Metrics.FLOW_DEAD_LETTERS), 0L);
    }
    for (int i = 0; i < size; i++) {
      QuestionSet.Question question = questions.questions().get(i % questions.questions().size());
      for (String model : models) {
        count(counts, question, model, "", Metrics.ANSWERED);
        models.stream()
            .filter(other -> model.compareTo(other) < 0)
            .forEach(other -> count(counts, question, model, other, Metrics.SAME_ANSWER));
      }
    }
    return new Expectation(run, counts);
  }

  /**
   * With the analyses as well, which come a moment later: a cell with an empty task stands for the sum over all places of its scope.
   */
  public Expectation withAnalyses(QuestionSet questions, int size, List<String> models) {
    Map<Cell, Long> all = new HashMap<>(counts);
    for (int i = 0; i < size; i++) {
      QuestionSet.Question question = questions.questions().get(i % questions.questions().size());
      if (question.ask() instanceof Choice) {
        for (String model : models) {
          all.merge(new Cell(model, "", Scope.POSITION, "", Metrics.CHOSEN_ONE + Metrics.CHOSEN_NONE), 1L, Long::sum);
          all.merge(new Cell(model, "", Scope.CONFIDENCE, "", Metrics.ACCURACY_MEAN_LOGPROB), 1L, Long::sum);
        }
      }
      if (models.size() > 1) {
        count(all, question, "*", "", Metrics.QUESTION_DISPUTED);
      }
    }
    return new Expectation(run, all);
  }

  private static void count(Map<Cell, Long> counts, QuestionSet.Question question, String model, String other, String metric) {
    counts.merge(new Cell(model, other, Scope.RUN, "*", metric), 1L, Long::sum);
    counts.merge(new Cell(model, other, Scope.TASK_TYPE, question.type().name(), metric), 1L, Long::sum);
    counts.merge(new Cell(model, other, Scope.TASK, question.task(), metric), 1L, Long::sum);
  }
}
