package dev.assay.cli.export;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * A table as a Parquet file: texts as strings, whole numbers as 64-bit integers, numbers as doubles, times as milliseconds UTC; what is not
 * there is null. Repeated texts are stored once, in dictionaries; nothing is compressed beyond that, so that every reader reads it. The
 * library's configuration and codecs of its own kind keep all of Hadoop out of the running program.
 */
public final class ParquetTable {

  private ParquetTable() {}

  /** Writes the whole table to a file that is not there yet. */
  public static void write(ExportTable table, Path file) throws IOException {
    MessageType schema = schema(table.columns());
    SimpleGroupFactory rows = new SimpleGroupFactory(schema);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(schema)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new Uncompressed())
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .build()) {
      for (List<@Nullable Object> row : table.rows()) {
        Group group = rows.newGroup();
        for (int column = 0; column < row.size(); column++) {
          put(group, column, row.get(column));
        }
        writer.write(group);
      }
    }
  }

  private static MessageType schema(List<ExportTable.Column> columns) {
    Types.MessageTypeBuilder schema = Types.buildMessage();
    columns.forEach(column -> schema.addField(field(column)));
    return schema.named("row");
  }

  private static PrimitiveType field(ExportTable.Column column) {
    return switch (column.type()) {
      case TEXT -> Types.optional(PrimitiveTypeName.BINARY).as(LogicalTypeAnnotation.stringType()).named(column.name());
      case WHOLE -> Types.optional(PrimitiveTypeName.INT64).named(column.name());
      case NUMBER -> Types.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      case TRUTH -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
      case TIME ->
          Types.optional(PrimitiveTypeName.INT64)
              .as(LogicalTypeAnnotation.timestampType(true, LogicalTypeAnnotation.TimeUnit.MILLIS))
              .named(column.name());
    };
  }

  private static void put(Group group, int column, @Nullable Object value) {
    switch (value) {
      case null -> {
        // Left out, it is null.
      }
      case String text -> group.add(column, text);
      case Long whole -> group.add(column, (long) whole);
      case Double number -> group.add(column, (double) number);
      case Boolean truth -> group.add(column, (boolean) truth);
      case Instant time -> group.add(column, time.toEpochMilli());
      default -> throw new IllegalStateException("no cell for " + value.getClass());
    }
  }

  /** The library's own factory is Hadoop's. */
  private static final class Uncompressed implements CompressionCodecFactory {

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
      return new BytesInputCompressor() {
        @Override
        public BytesInput compress(BytesInput bytes) {
          return bytes;
        }

        @Override
        public CompressionCodecName getCodecName() {
          return CompressionCodecName.UNCOMPRESSED;
        }

        @Override
        public void release() {
          // Holds nothing.
        }
      };
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
      throw new UnsupportedOperationException("this factory is for writing");
    }

    @Override
    public void release() {
      // Holds nothing.
    }
  }
}
