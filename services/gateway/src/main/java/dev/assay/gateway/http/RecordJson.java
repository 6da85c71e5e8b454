package dev.assay.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Avro records as JSON: the names are the schema's, times are in ISO 8601. */
public final class RecordJson {

  private RecordJson() {}

  /** A record as an object. */
  public static ObjectNode of(IndexedRecord record) {
    ObjectNode node = Json.object();
    for (Schema.Field field : record.getSchema().getFields()) {
      node.set(field.name(), value(record.get(field.pos())));
    }
    return node;
  }

  private static JsonNode value(@Nullable Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value) {
      case null -> NullNode.getInstance();
      case IndexedRecord record -> of(record);
      case List<?> list -> {
        ArrayNode array = Json.array();
        list.forEach(one -> array.add(value(one)));
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = Json.object();
        map.forEach((key, one) -> object.set(String.valueOf(key), value(one)));
        yield object;
      }
      case Integer number -> nodes.numberNode(number.intValue());
      case Long number -> nodes.numberNode(number.longValue());
      case Double number -> nodes.numberNode(number.doubleValue());
      case Boolean flag -> nodes.booleanNode(flag);
      default -> nodes.textNode(value.toString());
    };
  }
}
