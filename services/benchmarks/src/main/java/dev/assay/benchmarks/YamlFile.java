package dev.assay.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A YAML 1.2 file that is one mapping with a list of mappings in it, read as the objects of a JSON file are, each with its line.
 *
 * @param header the mapping without the list
 * @param rows the list's mappings
 */
record YamlFile(Json header, List<Json> rows) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  YamlFile {
    rows = List.copyOf(rows);
  }

  /**
   * Reads the file; throws {@link BenchmarkFileException} when it is no such mapping.
   *
   * @param list key of the list
   */
  static YamlFile read(Path file, String list) {
    if (!(compose(file) instanceof MappingNode document)) {
      throw new BenchmarkFileException(file, 1, "no mapping", "a mapping with the key " + list, "write the file as the documentation says");
    }
    ObjectNode header = NODES.objectNode();
    List<Json> rows = new ArrayList<>();
    for (NodeTuple entry : document.getValue()) {
      if (key(file, entry).equals(list) && entry.getValueNode() instanceof SequenceNode sequence) {
        for (Node row : sequence.getValue()) {
          String what = list + "[" + rows.size() + "]";
          if (!(row instanceof MappingNode)) {
            throw new BenchmarkFileException(file, line(row), what + " that is no mapping", "a mapping", "repair the entry");
          }
          rows.add(new Json(file, line(row), what, json(file, row)));
        }
      } else {
        put(file, header, entry);
      }
    }
    return new YamlFile(new Json(file, line(document), "", header), rows);
  }

  private static Node compose(Path file) {
    // Without aliases of collections no file can be larger in memory than on disk, or hold itself.
    LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).setMaxAliasesForCollections(0).build();
    try {
      Optional<Node> document = new Compose(settings).composeString(StrictText.read(file));
      return document.orElseThrow(() -> new BenchmarkFileException(file, 1, "an empty file", "a mapping", "write the file"));
    } catch (MarkedYamlEngineException e) {
      throw broken(file, e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0), String.valueOf(e.getProblem()), e);
    } catch (YamlEngineException e) {
      throw broken(file, 0, String.valueOf(e.getMessage()), e);
    }
  }

  private static BenchmarkFileException broken(Path file, int line, String problem, YamlEngineException cause) {
    BenchmarkFileException broken = new BenchmarkFileException(file, line, "no YAML: " + problem, "YAML 1.2", "repair the line");
    broken.initCause(cause);
    return broken;
  }

  private static JsonNode json(Path file, Node node) {
    return switch (node) {
      case ScalarNode scalar -> scalar(scalar);
      case SequenceNode sequence -> {
        ArrayNode array = NODES.arrayNode();
        sequence.getValue().forEach(each -> array.add(json(file, each)));
        yield array;
      }
      case MappingNode mapping -> {
        ObjectNode object = NODES.objectNode();
        mapping.getValue().forEach(entry -> put(file, object, entry));
        yield object;
      }
      default -> throw new BenchmarkFileException(file, line(node), "a " + node.getNodeType(), "a text, list or mapping", "repair the line");
    };
  }

  private static void put(Path file, ObjectNode object, NodeTuple entry) {
    String key = key(file, entry);
    if (object.has(key)) {
      throw new BenchmarkFileException(file, line(entry.getKeyNode()), "the key " + key + " twice", "it once", "remove one");
    }
    object.set(key, json(file, entry.getValueNode()));
  }

  private static String key(Path file, NodeTuple entry) {
    if (entry.getKeyNode() instanceof ScalarNode key) {
      return key.getValue();
    }
    throw new BenchmarkFileException(file, line(entry.getKeyNode()), "a key that is no text", "a text", "repair the line");
  }

  /** Numbers stay as they are written, so that a message can quote them. */
  private static JsonNode scalar(ScalarNode node) {
    if (node.getTag().equals(Tag.BOOL)) {
      return NODES.booleanNode(Boolean.parseBoolean(node.getValue()));
    }
    if (node.getTag().equals(Tag.NULL)) {
      return NODES.nullNode();
    }
    if (node.getTag().equals(Tag.INT)) {
      try {
        return NODES.numberNode(Integer.parseInt(node.getValue()));
      } catch (NumberFormatException e) {
        return NODES.pojoNode(node.getValue());
      }
    }
    return node.getTag().equals(Tag.STR) ? NODES.textNode(node.getValue()) : NODES.pojoNode(node.getValue());
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }
}
