package dev.assay.cli.export;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.MetricRow;
import dev.assay.records.Perturbed;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Metric rows or verdicts as a table of plain values. What is not there is null; several values in one field are JSON.
 *
 * @param columns what each value of a row is
 * @param rows a value a column
 */
public record ExportTable(List<Column> columns, List<List<@Nullable Object>> rows) {

  private static final JsonMapper JSON = new JsonMapper();

  private static final List<Column> VERDICT_COLUMNS =
      List.of(
          text("run"), text("model"), text("checkpoint"), text("task"), text("taskType"), text("prompt"), text("perturbation"), text("origin"),
          text("kind"), text("gold"),
          whole("oneOption"), truth("oneRight"), number("oneConfidence"),
          whole("maxVoteOption"), truth("maxVoteRight"), number("maxVoteConfidence"),
          whole("meanLogProbOption"), truth("meanLogProbRight"), number("meanLogProbConfidence"),
          whole("votedOption"), truth("votedRight"), number("votedConfidence"),
          truth("everyOrderRight"), text("text"), text("scores"),
          whole("tokensAsked"), whole("tokensComputed"), whole("tokensGenerated"), whole("computeMicros"), whole("costMicros"),
          new Column("answeredAt", Type.TIME));

  /** Columns of a choice, from {@code oneOption}; of one decision among them; of a text. */
  private static final int CHOICE_COLUMNS = 13;

  private static final int DECISION_COLUMNS = 3;
  private static final int TEXT_COLUMNS = 2;

  /** Copies the columns and checks that every row has a value for each. */
  public ExportTable {
    columns = List.copyOf(columns);
    for (List<@Nullable Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException("got a row of %d values; expected %d".formatted(row.size(), columns.size()));
      }
    }
  }

  /** What the values of a column are. */
  public enum Type {
    /** {@link String}. */
    TEXT,
    /** {@link Long}. */
    WHOLE,
    /** {@link Double}. */
    NUMBER,
    /** {@link Boolean}. */
    TRUTH,
    /** {@link java.time.Instant}. */
    TIME
  }

  /**
   * A column.
   *
   * @param name its heading
   * @param type what its values are, where there are some
   */
  public record Column(String name, Type type) {}

  /** All cells: a column for each field of {@link MetricRow}. */
  public static ExportTable ofMetrics(Collection<MetricRow> rows) {
    List<Column> columns = MetricRow.getClassSchema().getFields().stream().map(field -> new Column(field.name(), type(field.schema()))).toList();
    return new ExportTable(columns, rows.stream().map(RecordTree::of).<List<@Nullable Object>>map(row -> new ArrayList<>(row.values())).toList());
  }

  /**
   * A line for each verdict. Options count from 0 in published order; -1 is none. A perturbed copy names its perturbation, and as its origin
   * the prompt as published.
   */
  public static ExportTable ofVerdicts(StandingVerdicts verdicts) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Contestant contestant : verdicts.contestants()) {
      verdicts.of(contestant).values().forEach(verdict -> rows.add(cells(verdict)));
    }
    return new ExportTable(VERDICT_COLUMNS, rows);
  }

  private static Type type(Schema schema) {
    return switch (schema.getType()) {
      case UNION -> type(schema.getTypes().stream().filter(each -> each.getType() != Schema.Type.NULL).findFirst().orElseThrow());
      case STRING, ENUM -> Type.TEXT;
      case LONG -> Type.WHOLE;
      case DOUBLE -> Type.NUMBER;
      default -> throw new IllegalStateException("no column for " + schema);
    };
  }

  private static List<@Nullable Object> cells(Verdict verdict) {
    List<@Nullable Object> cells = new ArrayList<>(VERDICT_COLUMNS.size());
    Perturbed copy = verdict.getPerturbation();
    Collections.addAll(
        cells,
        verdict.getRun(),
        verdict.getModel(),
        verdict.getCheckpoint(),
        verdict.getTask(),
        verdict.getTaskType().name(),
        verdict.getPrompt(),
        copy == null ? null : copy.getName(),
        copy == null ? null : copy.getOrigin());
    switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> {
        ArrayNode gold = JSON.createArrayNode();
        choice.getRight().forEach(gold::add);
        Collections.addAll(cells, "choice", gold.toString());
        add(cells, choice.getOne());
        add(cells, choice.getMaxVote());
        add(cells, choice.getMeanLogProb());
        add(cells, choice.getVoted() == null ? null : choice.getVoted().getDecision());
        cells.add(choice.getEveryOrder());
        cells.addAll(Collections.nCopies(TEXT_COLUMNS, null));
      }
      case TextVerdict text -> {
        ArrayNode gold = JSON.createArrayNode();
        text.getReferences().forEach(gold::add);
        Collections.addAll(cells, "text", gold.toString());
        cells.addAll(Collections.nCopies(CHOICE_COLUMNS, null));
        ObjectNode scores = JSON.createObjectNode();
        new TreeMap<>(text.getScores()).forEach(scores::put);
        Collections.addAll(cells, text.getText(), scores.toString());
      }
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    }
    Collections.addAll(
        cells,
        verdict.getTokensAsked(),
        verdict.getTokensComputed(),
        verdict.getTokensGenerated(),
        verdict.getComputeMicros(),
        verdict.getCostMicros(),
        verdict.getAnsweredAt());
    return cells;
  }

  private static void add(List<@Nullable Object> cells, @Nullable Decision decision) {
    if (decision == null) {
      cells.addAll(Collections.nCopies(DECISION_COLUMNS, null));
    } else {
      Collections.addAll(cells, (long) decision.getOption(), decision.getRight(), decision.getConfidence());
    }
  }

  private static Column text(String name) {
    return new Column(name, Type.TEXT);
  }

  private static Column whole(String name) {
    return new Column(name, Type.WHOLE);
  }

  private static Column number(String name) {
    return new Column(name, Type.NUMBER);
  }

  private static Column truth(String name) {
    return new Column(name, Type.TRUTH);
  }
}
