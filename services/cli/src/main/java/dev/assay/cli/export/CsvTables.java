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
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/**
 * Metric rows and verdicts as CSV (RFC 4180 with plain line feeds): a header, a line each; numbers in full, so that reading gives the same
 * number back; what is not there is empty. Several values in one field are JSON.
 */
public final class CsvTables {

  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();
  private static final JsonMapper JSON = new JsonMapper();

  private static final List<String> VERDICT_COLUMNS =
      List.of(
          "run", "model", "checkpoint", "task", "taskType", "prompt", "kind", "gold",
          "oneOption", "oneRight", "oneConfidence",
          "maxVoteOption", "maxVoteRight", "maxVoteConfidence",
          "meanLogProbOption", "meanLogProbRight", "meanLogProbConfidence",
          "everyOrderRight", "text", "scores",
          "tokensAsked", "tokensComputed", "tokensGenerated", "computeMicros", "answeredAt");

  /** Columns of a choice, from {@code oneOption}; columns of a text. */
  private static final int CHOICE_COLUMNS = 10;

  private static final int TEXT_COLUMNS = 2;

  private CsvTables() {}

  /** All cells: a column for each field of {@link MetricRow}. */
  public static void metrics(Collection<MetricRow> rows, Appendable out) throws IOException {
    CSVPrinter printer = new CSVPrinter(out, FORMAT);
    printer.printRecord(MetricRow.getClassSchema().getFields().stream().map(Schema.Field::name));
    for (MetricRow row : rows) {
      printer.printRecord(RecordTree.of(row).values());
    }
  }

  /** A line for each verdict. Options count from 0 in published order; -1 is none. */
  public static void verdicts(StandingVerdicts verdicts, Appendable out) throws IOException {
    CSVPrinter printer = new CSVPrinter(out, FORMAT);
    printer.printRecord(VERDICT_COLUMNS);
    for (Contestant contestant : verdicts.contestants()) {
      for (Verdict verdict : verdicts.of(contestant).values()) {
        printer.printRecord(cells(verdict));
      }
    }
  }

  private static List<@Nullable Object> cells(Verdict verdict) {
    List<@Nullable Object> cells = new ArrayList<>(VERDICT_COLUMNS.size());
    Collections.addAll(
        cells, verdict.getRun(), verdict.getModel(), verdict.getCheckpoint(), verdict.getTask(), verdict.getTaskType(), verdict.getPrompt());
    switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> {
        ArrayNode gold = JSON.createArrayNode();
        choice.getRight().forEach(gold::add);
        Collections.addAll(cells, "choice", gold.toString());
        add(cells, choice.getOne());
        add(cells, choice.getMaxVote());
        add(cells, choice.getMeanLogProb());
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
        verdict.getAnsweredAt());
    return cells;
  }

  private static void add(List<@Nullable Object> cells, Decision decision) {
    Collections.addAll(cells, decision.getOption(), decision.getRight(), decision.getConfidence());
  }
}
