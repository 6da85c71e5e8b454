package dev.assay.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;

/**
 * Avro records out of a client's JSON, the way back from {@link RecordJson}: the names are the schema's, a field that is absent or null takes
 * the schema's default, and one without a default must be there. Of several records that a field may hold, the one is meant whose required
 * fields are there.
 */
public final class JsonRecord {

  private static final int MOST_ITEMS = 1_000;
  private static final SpecificData DATA = SpecificData.get();

  private JsonRecord() {}

  /**
   * Reads a record.
   *
   * @param otherwise values of fields that are absent, by name, before the schema's defaults
   * @param withheld fields that the client does not set; they keep their defaults
   * @throws Problem when a field is missing, unknown or of another kind
   */
  public static IndexedRecord read(Schema schema, Fields fields, Map<String, ?> otherwise, Set<String> withheld) {
    IndexedRecord record = (IndexedRecord) DATA.newRecord(null, schema);
    for (Schema.Field field : schema.getFields()) {
      boolean given = !withheld.contains(field.name()) && fields.any(field.name()).isPresent();
      if (given) {
        record.put(field.pos(), value(field.schema(), field.name(), fields));
      } else if (otherwise.containsKey(field.name())) {
        record.put(field.pos(), otherwise.get(field.name()));
      } else if (field.hasDefaultValue()) {
        record.put(field.pos(), DATA.deepCopy(field.schema(), DATA.getDefaultValue(field)));
      } else {
        throw fields.missing(field.name(), expected(field.schema()));
      }
    }
    fields.refuseOthers(Set.of());
    return record;
  }

  private static Object value(Schema schema, String name, Fields fields) {
    return switch (schema.getType()) {
      case STRING -> fields.requiredText(name);
      case INT -> fields.integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE).orElseThrow();
      case LONG -> fields.longInteger(name).orElseThrow();
      case DOUBLE -> fields.number(name, -Double.MAX_VALUE, Double.MAX_VALUE).orElseThrow();
      case BOOLEAN -> fields.flag(name, false);
      case ENUM -> symbol(schema, name, fields);
      case ARRAY -> list(schema.getElementType(), name, fields);
      case RECORD -> read(schema, object(schema, name, fields), Map.of(), Set.of());
      case UNION -> value(branch(schema, name, fields), name, fields);
      default -> throw unreadable(schema);
    };
  }

  private static Object symbol(Schema schema, String name, Fields fields) {
    String text = fields.requiredText(name);
    if (!schema.hasEnumSymbol(text)) {
      throw Problem.invalid(fields.at(name), "%s is none of %s".formatted(fields.at(name), schema.getEnumSymbols()));
    }
    return DATA.createEnum(text, schema);
  }

  private static List<?> list(Schema item, String name, Fields fields) {
    return switch (item.getType()) {
      case STRING -> fields.texts(name, MOST_ITEMS);
      case INT -> numbers(name, fields);
      default -> throw unreadable(item);
    };
  }

  private static List<Integer> numbers(String name, Fields fields) {
    JsonNode list = fields.any(name).orElseThrow();
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode one : list) {
      if (one.isIntegralNumber() && one.canConvertToInt()) {
        numbers.add(one.intValue());
      }
    }
    if (!list.isArray() || numbers.size() != list.size() || numbers.size() > MOST_ITEMS) {
      throw Problem.invalid(fields.at(name), "%s is no list of at most %d whole numbers".formatted(fields.at(name), MOST_ITEMS));
    }
    return numbers;
  }

  private static Schema branch(Schema union, String name, Fields fields) {
    List<Schema> branches = union.getTypes().stream().filter(schema -> schema.getType() != Schema.Type.NULL).toList();
    if (branches.size() == 1) {
      return branches.getFirst();
    }
    Fields object = object(union, name, fields);
    Optional<Schema> meant =
        branches.stream().filter(schema -> required(schema).stream().allMatch(field -> object.any(field).isPresent())).findFirst();
    return meant.orElseThrow(() -> Problem.invalid(fields.at(name), "%s is none of what it may be: %s".formatted(fields.at(name), expected(union))));
  }

  private static Fields object(Schema schema, String name, Fields fields) {
    return fields.object(name).orElseThrow(() -> fields.missing(name, expected(schema)));
  }

  private static List<String> required(Schema record) {
    return record.getFields().stream().filter(field -> !field.hasDefaultValue()).map(Schema.Field::name).toList();
  }

  private static String expected(Schema schema) {
    return switch (schema.getType()) {
      case STRING -> "a text";
      case INT, LONG -> "a whole number";
      case DOUBLE -> "a number";
      case BOOLEAN -> "true or false";
      case ENUM -> "one of " + schema.getEnumSymbols();
      case ARRAY -> "a list";
      case RECORD -> "a %s with %s".formatted(schema.getName(), String.join(", ", required(schema)));
      case UNION ->
          schema.getTypes().stream().filter(one -> one.getType() != Schema.Type.NULL).map(JsonRecord::expected).collect(Collectors.joining(", or "));
      default -> throw unreadable(schema);
    };
  }

  private static IllegalStateException unreadable(Schema schema) {
    return new IllegalStateException("no client sends a value of " + schema.getType() + "; a reader for it is missing");
  }
}
