package dev.assay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.benchmarks.InstanceFile;
import dev.assay.benchmarks.perturbation.Instance;
import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.benchmarks.perturbation.Perturbations;
import dev.assay.benchmarks.perturbation.WordListException;
import dev.assay.benchmarks.perturbation.WordLists;
import dev.assay.cli.terminal.CommandFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Texts perturbed as HELM does, no Kafka. */
@Command(
    name = "perturb",
    description = {
      "Words the texts of a file otherwise, as HELM's perturbations do, and prints a JSON object a line:",
      "  {\"id\", \"text\", \"refs\": […]}  gives the same, perturbed",
      "The id seeds the random numbers: the same line always gives the same text. Names, with a probability <P> and a count <N>:",
      "  lowercase, contraction, expansion, mild_mix, space_max<N>, extra_space<N>, misspelling_<P>, typos_<P>, synonym_<P>,",
      "  filler_<P>[_nospeaker], dialect_SAE_AAVE_<P>, gender_terms|pronouns_<FROM>_<TO>_<P>, gender_terms|pronouns_bidirectional_<P>,",
      "  person_name_white_black_<P>[_nogender], person_name_last_<FROM>_<TO>_<P>"
    },
    footer = {"  assay perturb --name typos_0.1 questions.jsonl", "  assay perturb --name mild_mix --lists ~/lists questions.jsonl"})
final class PerturbCommand implements Callable<Integer> {

  private static final JsonMapper JSON = new JsonMapper();

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--name", required = true, paramLabel = "NAME", description = "The perturbation.")
  private String name = "";

  @Mixin private final ListsChoice lists = new ListsChoice();

  @Option(names = "--seed", paramLabel = "N", description = "Another copy of each text: HELM's seed, which goes before the id.")
  private @Nullable Long seed;

  @Parameters(paramLabel = "FILE.jsonl", description = "The texts.")
  private Path file = Path.of("");

  PerturbCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Perturbation perturbation = perturbation();
    List<Instance> instances = InstanceFile.read(file);
    instances.parallelStream().map(perturbation::apply).map(PerturbCommand::line).forEachOrdered(context.console()::line);
    return 0;
  }

  private Perturbation perturbation() {
    try {
      WordLists words = new WordLists(lists.folder());
      return seed == null ? Perturbations.of(name, words) : Perturbations.ofCopy(name, words, seed);
    } catch (WordListException e) {
      throw new CommandFailure(e.getMessage() + "; name the folder with --lists or $" + ListsChoice.VARIABLE, e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), "--name: " + e.getMessage(), e);
    }
  }

  private static String line(Instance instance) {
    ObjectNode line = JSON.createObjectNode().put("id", instance.id()).put("text", instance.text());
    instance.references().forEach(line.putArray("refs")::add);
    return line.toString();
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
