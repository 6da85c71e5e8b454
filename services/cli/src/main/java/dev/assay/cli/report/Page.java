package dev.assay.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A report before it is drawn.
 *
 * @param title its heading
 * @param sections what it tells, one after another
 */
public record Page(String title, List<Section> sections) {

  /** Copies the list. */
  public Page {
    sections = List.copyOf(sections);
  }

  /**
   * A part of a report.
   *
   * @param title its heading
   * @param notes sentences below the table that say how to read it
   * @param grid the numbers
   * @param picture the same numbers for the eye, where a page can show them
   */
  public record Section(String title, List<String> notes, Grid grid, Optional<Picture> picture) {
    /** Copies the list. */
    public Section {
      notes = List.copyOf(notes);
    }
  }

  /** Numbers for the eye; all of them shares from 0 to 1. */
  public sealed interface Picture {
    /**
     * A bar a model, with its interval.
     *
     * @param caption what the bars are
     */
    record Bars(String caption, List<Bar> bars) implements Picture {
      /** Copies the list. */
      public Bars {
        bars = List.copyOf(bars);
      }
    }

    /**
     * A square for each row and column, the darker the larger its value.
     *
     * @param values rows of cells; null where there is none
     */
    record HeatMap(List<String> rows, List<String> columns, List<List<@Nullable Double>> values) implements Picture {
      /** Copies the headings. */
      public HeatMap {
        rows = List.copyOf(rows);
        columns = List.copyOf(columns);
      }
    }
  }

  /**
   * A bar.
   *
   * @param label whose
   * @param value its length
   * @param low where its whisker begins; null when there is no interval
   * @param high where it ends
   */
  public record Bar(String label, double value, @Nullable Double low, @Nullable Double high) {}

  /**
   * The challenge's table as a report.
   *
   * @param missing what the table lacks, a sentence each
   */
  public static Page challenge(String runs, ChallengeTable table, List<String> missing) {
    List<String> notes =
        Stream.concat(
                missing.stream(),
                Stream.of(
                    "MMLU is the mean of the subjects' means, as HELM merges runs; robust and fair count each question by its worst copy.",
                    "BBQ is the mean over all questions; choices count by the published order of the options.",
                    "Stereotypes (professions) and representation are biases in the summaries: 0 is even, less is better; few texts give few possible values.",
                    "Mean win rate: share of the other rows that are worse, over the columns in which a row has a number.",
                    "Published rows: \"Learnings from Efficiency Challenge\", Agarwal et al., Microsoft Research India, 2023, slide 11; other questions and prompts than here may stand behind them."))
            .toList();
    return new Page(
        "Efficiency challenge: run " + runs, List.of(new Section("The challenge's table", notes, table.grid(), Optional.of(winRates(table)))));
  }

  private static Picture winRates(ChallengeTable table) {
    List<Bar> bars = new ArrayList<>();
    for (ChallengeTable.Row row : table.rows()) {
      table
          .meanWinRate(row)
          .ifPresent(rate -> bars.add(new Bar(row.published() ? row.model() + " (published)" : row.model(), rate, null, null)));
    }
    bars.sort(Comparator.comparingDouble(Bar::value).reversed());
    return new Picture.Bars("Mean win rate", bars);
  }

  /** The report for a terminal. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(title));
    for (Section section : sections) {
      lines.add("");
      lines.add(section.title());
      lines.addAll(section.grid().lines());
      lines.addAll(section.notes());
    }
    return lines;
  }
}
