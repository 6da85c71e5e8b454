package dev.assay.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** The fields of an object that a client sends, each read as what it must be. A field that is null counts as absent. */
public final class Fields {

  private final ObjectNode node;
  private final String path;
  private final Set<String> read = new TreeSet<>();

  /** The fields of a whole body. */
  public Fields(ObjectNode node) {
    this(node, "");
  }

  private Fields(ObjectNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /** A field as it is; absent where it is null. */
  public Optional<JsonNode> any(String name) {
    read.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  /** A text. */
  public Optional<String> text(String name) {
    return any(name).map(value -> text(at(name), value));
  }

  /** A text that must be there. */
  public String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name, "a text"));
  }

  /** A whole number within bounds. */
  public OptionalInt integer(String name, int least, int most) {
    OptionalLong found = longInteger(name);
    if (found.isEmpty()) {
      return OptionalInt.empty();
    }
    if (found.getAsLong() < least || found.getAsLong() > most) {
      throw Problem.invalid(at(name), "%s is %d; expected %d to %d".formatted(at(name), found.getAsLong(), least, most));
    }
    return OptionalInt.of(Math.toIntExact(found.getAsLong()));
  }

  /** A whole number of 64 bits. */
  public OptionalLong longInteger(String name) {
    Optional<JsonNode> value = any(name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    JsonNode found = value.get();
    boolean whole = found.isIntegralNumber() || (found.isFloatingPointNumber() && Math.rint(found.doubleValue()) == found.doubleValue());
    if (!whole || !found.canConvertToLong()) {
      throw Problem.invalid(at(name), "%s is %s; expected a whole number of 64 bits".formatted(at(name), shown(found)));
    }
    return OptionalLong.of(found.longValue());
  }

  /** A number within bounds. */
  public OptionalDouble number(String name, double least, double most) {
    Optional<JsonNode> value = any(name);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    double found = value.get().isNumber() ? value.get().doubleValue() : Double.NaN;
    if (!(found >= least && found <= most)) {
      throw Problem.invalid(at(name), "%s is %s; expected a number from %s to %s".formatted(at(name), shown(value.get()), least, most));
    }
    return OptionalDouble.of(found);
  }

  /** Yes or no. */
  public boolean flag(String name, boolean otherwise) {
    Optional<JsonNode> value = any(name);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw Problem.invalid(at(name), "%s is %s; expected true or false".formatted(at(name), shown(value.get())));
    }
    return value.map(JsonNode::booleanValue).orElse(otherwise);
  }

  /** A text or a list of texts, none of them empty. */
  public List<String> texts(String name, int most) {
    Optional<JsonNode> value = any(name);
    List<String> found = new ArrayList<>();
    if (value.isPresent() && value.get().isArray()) {
      value.get().forEach(one -> found.add(text(at(name), one)));
    } else {
      value.ifPresent(one -> found.add(text(at(name), one)));
    }
    if (found.size() > most) {
      throw Problem.invalid(at(name), "%s has %d texts; expected at most %d".formatted(at(name), found.size(), most));
    }
    if (found.contains("")) {
      throw Problem.invalid(at(name), at(name) + " has an empty text; expected at least one character");
    }
    return List.copyOf(found);
  }

  /** A list of tokens' numbers. */
  public static List<Integer> tokens(String name, JsonNode list) {
    List<Integer> ids = new ArrayList<>(list.size());
    for (JsonNode one : list) {
      if (!one.isIntegralNumber() || !one.canConvertToInt() || one.intValue() < 0) {
        throw Problem.invalid(name, "%s has %s among its tokens; expected whole numbers from 0 on".formatted(name, shown(one)));
      }
      ids.add(one.intValue());
    }
    return ids;
  }

  /** A list of objects. */
  public List<Fields> objects(String name) {
    Optional<JsonNode> value = any(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isArray()) {
      throw Problem.invalid(at(name), "%s is %s; expected a list of objects".formatted(at(name), shown(value.get())));
    }
    List<Fields> found = new ArrayList<>();
    for (JsonNode one : value.get()) {
      found.add(object("%s[%d]".formatted(at(name), found.size()), one));
    }
    return found;
  }

  /** An object; absent where it is null. */
  public Optional<Fields> object(String name) {
    return any(name).map(value -> object(at(name), value));
  }

  /**
   * Refuses what the API does not know, as OpenAI does: a misspelt name would otherwise change an answer without a word.
   *
   * @param ignored names that say nothing about the answer
   */
  public void refuseOthers(Set<String> ignored) {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!read.contains(name) && !ignored.contains(name)) {
                throw Problem.invalid(at(name), "unknown field %s; this API has %s".formatted(shorten(at(name)), String.join(", ", read)));
              }
            });
  }

  /** Where a field stands in the body. */
  public String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** That a field is not there. */
  public Problem missing(String name, String expected) {
    return Problem.invalid(at(name), "%s is missing; expected %s".formatted(at(name), expected));
  }

  /** What kind of JSON a value is. */
  static String kind(JsonNode value) {
    return value.isMissingNode() ? "value that is missing" : value.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  private static Fields object(String at, JsonNode value) {
    if (value instanceof ObjectNode object) {
      return new Fields(object, at);
    }
    throw Problem.invalid(at, "%s is %s; expected an object".formatted(at, shown(value)));
  }

  private static String text(String at, JsonNode value) {
    if (!value.isTextual()) {
      throw Problem.invalid(at, "%s is %s; expected a text".formatted(at, shown(value)));
    }
    return value.textValue();
  }

  private static String shown(JsonNode value) {
    return value.isContainerNode() ? "a JSON " + kind(value) : shorten(value.toString());
  }

  private static String shorten(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}
