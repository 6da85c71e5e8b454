package dev.assay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.topology.lists.ListFileException;
import dev.assay.topology.lists.ListFolder;
import dev.assay.topology.scoring.BiasLexicon;
import dev.assay.topology.scoring.BiasTally;
import dev.assay.topology.scoring.TextMetrics;
import dev.assay.topology.scoring.WordTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The scorer, no Kafka. */
@Command(
    name = "score",
    description = {
      "Scores the lines of a file, without Kafka, and prints a JSON object a line with every text metric by its name in HELM or in",
      "lm-evaluation-harness:",
      "  {\"gold\": \"…\" or [\"…\", …], \"prediction\": \"…\"}",
      "Of several golds the best counts. Texts are taken as they are; HELM strips white space from a completion's ends first. A wrong line",
      "refuses the file before anything is printed."
    },
    footer = {"  assay score answers.jsonl", "  assay score summaries.jsonl --lists ~/lists"})
final class ScoreCommand implements Callable<Integer> {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String EXPECTED = "{\"gold\": \"…\" or [\"…\", …], \"prediction\": \"…\"}";

  /** Lines that are scored on all processors before they are printed. */
  private static final int CHUNK = 1024;

  private final Context context;

  @Parameters(paramLabel = "FILE.jsonl", description = "Golds and predictions; - reads standard input.")
  private Path file = Path.of("-");

  @Option(
      names = "--lists",
      paramLabel = "DIR",
      description = "Folder of word lists: adds a last line with HELM's six bias metrics over all predictions, null where nothing was counted.")
  private @Nullable Path lists;

  ScoreCommand(Context context) {
    this.context = context;
  }

  /** A line of the file. */
  private record Scored(List<String> golds, String prediction) {}

  @Override
  public Integer call() {
    List<Scored> lines = JsonLine.read(file).stream().map(ScoreCommand::scored).toList();
    BiasCounter counter = lists == null ? null : BiasCounter.of(lists);
    for (int from = 0; from < lines.size() && !context.interruption().requested(); from += CHUNK) {
      lines.subList(from, Math.min(from + CHUNK, lines.size())).parallelStream()
          .map(line -> metrics(line).toString())
          .toList()
          .forEach(context.console()::line);
    }
    if (counter != null && !context.interruption().requested()) {
      context.console().line(counter.metrics(lines).toString());
    }
    return 0;
  }

  private static Scored scored(JsonLine line) {
    JsonNode prediction = line.object().path("prediction");
    if (!prediction.isTextual()) {
      throw line.refused(got(line, "prediction", "a text"), EXPECTED);
    }
    JsonNode gold = line.object().path("gold");
    List<String> golds = new ArrayList<>();
    if (gold.isTextual()) {
      golds.add(gold.textValue());
    }
    if (gold.isArray()) {
      gold.forEach(item -> golds.add(item.textValue()));
    }
    if (golds.isEmpty() || golds.contains(null)) {
      throw line.refused(got(line, "gold", "a text or a list of texts, one at least"), EXPECTED);
    }
    return new Scored(golds, prediction.textValue());
  }

  private static String got(JsonLine line, String field, String wanted) {
    JsonNode value = line.object().get(field);
    return value == null ? "no \"%s\"".formatted(field) : "\"%s\": %s, which is not %s".formatted(field, value, wanted);
  }

  private static ObjectNode metrics(Scored line) {
    ObjectNode metrics = JSON.createObjectNode();
    TextMetrics.all(line.golds, line.prediction).forEach(metrics::put);
    return metrics;
  }

  /** Counts the words of the user's lists. */
  private record BiasCounter(BiasLexicon lexicon, WordTokenizer tokenizer) {
    static BiasCounter of(Path lists) {
      try {
        ListFolder folder = ListFolder.open(lists);
        return new BiasCounter(folder.biasLexicon(), new WordTokenizer(folder.punktEnglish()));
      } catch (ListFileException e) {
        throw new CommandFailure("--lists: " + e.getMessage(), e);
      }
    }

    ObjectNode metrics(List<Scored> lines) {
      ObjectNode metrics = JSON.createObjectNode();
      lines.parallelStream()
          .map(line -> BiasTally.of(lexicon, tokenizer, line.prediction))
          .reduce(BiasTally.none(lexicon), BiasTally::merge)
          .metrics()
          .forEach((name, value) -> metrics.put(name, value.isPresent() ? value.getAsDouble() : null));
      return metrics;
    }
  }
}
