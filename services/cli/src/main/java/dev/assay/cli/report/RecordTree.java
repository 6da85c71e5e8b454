package dev.assay.cli.report;

import java.time.temporal.TemporalAccessor;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** An Avro record as plain maps, lists, strings and numbers, which any JSON writer takes. */
public final class RecordTree {

  private RecordTree() {}

  /** The fields of a record, in the order of its schema. */
  public static Map<String, @Nullable Object> of(IndexedRecord row) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (Schema.Field field : row.getSchema().getFields()) {
      tree.put(field.name(), value(row.get(field.pos())));
    }
    return tree;
  }

  private static @Nullable Object value(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case IndexedRecord inner -> of(inner);
      case GenericEnumSymbol<?> symbol -> symbol.toString();
      case Collection<?> items -> items.stream().map(RecordTree::value).toList();
      case Map<?, ?> entries -> {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        entries.forEach((key, item) -> tree.put(key.toString(), value(item)));
        yield tree;
      }
      case CharSequence text -> text.toString();
      case TemporalAccessor time -> time.toString();
      default -> value;
    };
  }
}
