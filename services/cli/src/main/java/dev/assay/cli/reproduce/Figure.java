package dev.assay.cli.reproduce;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A figure that is known of published answers.
 *
 * @param model the model in the figures
 * @param task the task, {@link Measurements#ALL_QUESTIONS} or {@link Measurements#MEAN_OF_TASKS}
 * @param metric the metric
 * @param text a decimal, meant to its last digit, or {@code right/all}, meant exactly
 * @param basis who says so
 * @param source where
 */
public record Figure(Experiment experiment, String model, String task, String metric, String text, Basis basis, String source) {

  private static final String RESOURCE = "figures.csv";
  private static final String OVER = "/";
  private static final int SHOWN_DECIMALS = 4;

  /** Two sums of the same numbers differ by less. */
  private static final double ROUNDING = 1e-12;

  /** Who says so. */
  public enum Basis {
    /** The authors of the answers publish it, to the digits that they give. */
    PUBLISHED,
    /** Other code than Assay's has counted it from the published answers. */
    COUNTED
  }

  /** All figures that come with Assay. */
  public static List<Figure> all() {
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (Reader in = new InputStreamReader(Objects.requireNonNull(Figure.class.getResourceAsStream(RESOURCE)), StandardCharsets.UTF_8);
        CSVParser rows = CSVParser.builder().setFormat(format).setReader(in).get()) {
      return rows.stream().map(Figure::of).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
    }
  }

  private static Figure of(CSVRecord row) {
    return new Figure(
        Experiment.of(row.get("experiment")),
        row.get("model"),
        row.get("task"),
        row.get("metric"),
        row.get("figure"),
        Basis.valueOf(row.get("basis").toUpperCase(Locale.ROOT)),
        row.get("source"));
  }

  /** Whether a measured figure is this one: as many right answers of as many, or the same decimal after rounding. */
  public boolean agrees(Measured measured) {
    if (isCount()) {
      return measured.n() == answers() && Math.abs(measured.value() * answers() - right()) < 0.5;
    }
    BigDecimal decimal = new BigDecimal(text);
    double halfUnit = 0.5 * Math.pow(10, -decimal.scale());
    return Math.abs(measured.value() - decimal.doubleValue()) <= halfUnit + ROUNDING;
  }

  /** The figure as tables show it: shares of right answers in %. */
  public String shown() {
    return isCount() ? text : shown(new BigDecimal(text));
  }

  /** A measured figure in the same form. */
  public String shown(Measured measured) {
    if (isCount()) {
      return Math.round(measured.value() * measured.n()) + OVER + measured.n();
    }
    return shown(BigDecimal.valueOf(measured.value()));
  }

  private String shown(BigDecimal share) {
    BigDecimal rounded = share.scale() > SHOWN_DECIMALS ? share.setScale(SHOWN_DECIMALS, RoundingMode.HALF_UP) : share;
    boolean isAccuracy = metric.startsWith("accuracy/") || metric.endsWith("exact_match");
    return isAccuracy ? rounded.movePointRight(2).toPlainString() + " %" : rounded.toPlainString();
  }

  private boolean isCount() {
    return text.contains(OVER);
  }

  private long right() {
    return Long.parseLong(text.substring(0, text.indexOf(OVER)));
  }

  private long answers() {
    return Long.parseLong(text.substring(text.indexOf(OVER) + 1));
  }
}
