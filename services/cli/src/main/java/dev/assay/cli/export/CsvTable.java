package dev.assay.cli.export;

import java.io.IOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;

/**
 * A table as CSV (RFC 4180 with plain line feeds): a header, a line a row; numbers in full, so that reading gives the same number back; what is
 * not there is empty.
 */
public final class CsvTable {

  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

  private CsvTable() {}

  /** Appends the whole table. */
  public static void write(ExportTable table, Appendable out) throws IOException {
    CSVPrinter printer = new CSVPrinter(out, FORMAT);
    printer.printRecord(table.columns().stream().map(ExportTable.Column::name));
    for (List<@Nullable Object> row : table.rows()) {
      printer.printRecord(row);
    }
  }
}
