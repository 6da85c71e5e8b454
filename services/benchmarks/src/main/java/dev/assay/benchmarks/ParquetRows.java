package dev.assay.benchmarks;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The rows of a Parquet file with columns of texts, read as the objects of a JSON file are; their line is the row, from 1. */
final class ParquetRows {
  private ParquetRows() {}

  /** All rows with these columns; throws {@link BenchmarkFileException} when a column is missing or the file is no Parquet. */
  static List<Json> read(Path file, List<String> columns) {
    if (!Files.exists(file)) {
      throw new BenchmarkFileException(file, 0, "no such file", "a readable file", "check the folder given as --data");
    }
    try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file))) {
      List<String> there = reader.getFileSchema().getColumns().stream().map(ColumnSchema::name).toList();
      if (!there.containsAll(columns)) {
        throw new BenchmarkFileException(file, 0, "the columns " + there, "the columns " + columns, "fetch the file again");
      }
      return rows(reader, file, columns);
    } catch (BenchmarkFileException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library says what is wrong with a broken file by exceptions of many kinds.
      BenchmarkFileException broken =
          new BenchmarkFileException(file, 0, "no Parquet: " + e.getMessage(), "a Parquet file with the columns " + columns, "fetch the file again");
      broken.initCause(e);
      throw broken;
    }
  }

  private static List<Json> rows(ParquetFileReader reader, Path file, List<String> columns) {
    List<Json> rows = new ArrayList<>();
    try (RowReader in = reader.rowReader()) {
      while (in.hasNext()) {
        in.next();
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (String column : columns) {
          if (!in.isNull(column)) {
            row.put(column, in.getString(column));
          }
        }
        rows.add(new Json(file, rows.size() + 1, "", row));
      }
    }
    return rows;
  }
}
