package dev.assay.cli.report;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * The table of the NeurIPS 2023 LLM efficiency challenge: a row a model, ten numbers each, with HELM's mean win rate over all rows.
 *
 * @param rows the models, in the order they are shown
 */
public record ChallengeTable(List<Row> rows) {

  private static final String RESOURCE = "challenge.csv";
  private static final String MISSING = "–";

  /**
   * A model.
   *
   * @param model its name
   * @param published whether others published the numbers
   * @param scores what there is of the numbers
   */
  public record Row(String model, boolean published, Map<ChallengeColumn, Double> scores) {
    /** Keeps the map from change. */
    public Row {
      scores = Collections.unmodifiableMap(scores);
    }
  }

  /** Copies the list. */
  public ChallengeTable {
    rows = List.copyOf(rows);
  }

  /** The rows with the ten that the challenge's organisers and winners published below them. */
  public static ChallengeTable besidePublished(List<Row> rows) {
    return new ChallengeTable(Stream.concat(rows.stream(), published().stream()).toList());
  }

  /** The published rows; the resource names their source. */
  static List<Row> published() {
    CSVFormat format = CSVFormat.RFC4180.builder().setCommentMarker('#').setHeader().setSkipHeaderRecord(true).get();
    try (Reader in = new InputStreamReader(Objects.requireNonNull(ChallengeTable.class.getResourceAsStream(RESOURCE)), StandardCharsets.UTF_8);
        CSVParser lines = CSVParser.builder().setFormat(format).setReader(in).get()) {
      return lines.stream().map(ChallengeTable::published).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
    }
  }

  private static Row published(CSVRecord line) {
    Map<ChallengeColumn, Double> scores = new EnumMap<>(ChallengeColumn.class);
    for (ChallengeColumn column : ChallengeColumn.values()) {
      String value = line.get(column.label());
      if (!value.isEmpty()) {
        scores.put(column, Double.valueOf(value));
      }
    }
    return new Row(line.get("model"), true, scores);
  }

  /**
   * HELM's mean win rate of a row: in each column, the share of the other rows that are worse, an equal one counted as half; the mean over the
   * columns in which the row and another one have a number. Empty when there is none.
   */
  public OptionalDouble meanWinRate(Row row) {
    return Stream.of(ChallengeColumn.values()).flatMap(column -> winRate(row, column).stream().boxed()).mapToDouble(Double::doubleValue).average();
  }

  private OptionalDouble winRate(Row row, ChallengeColumn column) {
    List<Double> values = rows.stream().map(other -> other.scores().get(column)).filter(Objects::nonNull).toList();
    Double own = row.scores().get(column);
    if (own == null || values.size() < 2) {
      return OptionalDouble.empty();
    }
    double wins = 0;
    for (double value : values) {
      int order = column.moreIsBetter() ? Double.compare(own, value) : Double.compare(value, own);
      wins += order > 0 ? 1 : order == 0 ? 0.5 : 0;
    }
    // The row is among its equals.
    return OptionalDouble.of((wins - 0.5) / (values.size() - 1));
  }

  /** The table for people. */
  public Grid grid() {
    List<String> header = new ArrayList<>(List.of("model"));
    Stream.of(ChallengeColumn.values()).map(ChallengeColumn::title).forEach(header::add);
    header.add("mean win rate");
    List<List<String>> cells = new ArrayList<>();
    for (Row row : rows) {
      List<String> line = new ArrayList<>(List.of(row.published() ? row.model() + " (published)" : row.model()));
      for (ChallengeColumn column : ChallengeColumn.values()) {
        line.add(shown(row.scores().get(column)));
      }
      OptionalDouble rate = meanWinRate(row);
      line.add(shown(rate.isPresent() ? rate.getAsDouble() : null));
      cells.add(line);
    }
    return new Grid(header, 1, cells);
  }

  /** The table for programs. */
  public List<Map<String, @Nullable Object>> tree() {
    return rows.stream().map(this::tree).toList();
  }

  private Map<String, @Nullable Object> tree(Row row) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("model", row.model());
    tree.put("published", row.published());
    for (ChallengeColumn column : ChallengeColumn.values()) {
      tree.put(column.label(), row.scores().get(column));
    }
    OptionalDouble rate = meanWinRate(row);
    tree.put("mean_win_rate", rate.isPresent() ? rate.getAsDouble() : null);
    return tree;
  }

  private static String shown(@Nullable Double value) {
    return value == null ? MISSING : String.format(Locale.ROOT, "%.3f", value);
  }
}
