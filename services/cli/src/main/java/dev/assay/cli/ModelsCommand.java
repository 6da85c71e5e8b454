package dev.assay.cli;

import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.terminal.TextTable;
import dev.assay.inference.store.Catalogue;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.ModelStoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The models on this machine. */
@Command(
    name = "models",
    description = "Fetches models and lists those on this machine.",
    footer = {"  assay models pull smollm2-135m-instruct", "  assay models pull hf:HuggingFaceTB/SmolLM2-360M-Instruct@main", "  assay models list"})
final class ModelsCommand implements Runnable {

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  ModelsCommand(Context context) {
    this.context = context;
  }

  /**
   * A model of the store as it is now.
   *
   * @param name as it is asked for
   * @param state where it lies, or why it cannot be used
   * @param usable whether it is here and right
   * @param present whether anything of it is here
   */
  record Stored(String name, String state, boolean usable, boolean present) {}

  @Override
  public void run() {
    throw new ParameterException(command(), "expected pull or list");
  }

  @Command(
      name = "pull",
      description = "Fetches a model and checks its files by their hashes; what is here and right is not fetched again.",
      footer = {"  assay models pull smollm2-135m-instruct", "  assay models pull hf:HuggingFaceTB/SmolLM2-360M-Instruct@main"})
  Integer pull(@Parameters(arity = "1..*", paramLabel = "MODEL", description = "A name of the catalogue, or hf:org/name[@revision].") List<String> models)
      throws IOException, InterruptedException {
    List<ModelSpec> specs = new ArrayList<>();
    try {
      models.forEach(model -> specs.add(ModelSpec.parse(model)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command().getSubcommands().get("pull"), String.valueOf(e.getMessage()), e);
    }
    for (ModelSpec model : specs) {
      Path path = OpenedModel.fetch(model, context.console());
      context.console().line(path.toString());
    }
    return 0;
  }

  @Command(
      name = "list",
      description = "Lists the catalogue and what is on this machine.",
      footer = {"  assay models list", "  assay models list --json"})
  Integer list(@Option(names = "--json", description = "Print the models as JSON.") boolean json) throws IOException {
    List<Stored> models = stored();
    if (json) {
      context.console().json(models.stream().map(ModelsCommand::tree).toList());
    } else {
      TextTable table = new TextTable().words("model").words("here").words("");
      models.forEach(model -> table.row(model.name(), model.usable() ? "yes" : model.present() ? "broken" : "no", model.state()));
      table.row("minilm", "yes", "comes with Assay");
      table.lines().forEach(context.console()::line);
    }
    return 0;
  }

  /** Every model of the catalogue, and every other that is on this machine. */
  static List<Stored> stored() throws IOException {
    ModelStore store = ModelStore.ofEnvironment();
    List<String> present = store.list();
    List<Stored> models = new ArrayList<>();
    for (String name : Stream.concat(Stream.of(Catalogue.values()).map(Catalogue::title), present.stream()).distinct().toList()) {
      models.add(stored(store, name, present.contains(name)));
    }
    return models;
  }

  private static Stored stored(ModelStore store, String name, boolean present) throws IOException {
    try {
      return new Stored(name, store.find(ModelSpec.parse(name)).toString(), true, true);
    } catch (ModelStoreException e) {
      return new Stored(name, String.valueOf(e.getMessage()), false, present);
    }
  }

  private static Map<String, Object> tree(Stored model) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("model", model.name());
    tree.put("usable", model.usable());
    tree.put("present", model.present());
    tree.put("state", model.state());
    return tree;
  }

  private picocli.CommandLine command() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec.commandLine();
  }
}
