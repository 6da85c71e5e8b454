package dev.assay.cli;

import dev.assay.cli.model.NamedModel;
import dev.assay.topology.routing.Votes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The models that a command is about. */
final class ModelChoice {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "MODEL",
      description = {
        "Models, separated by commas: a name of the catalogue (see 'assay models list'), minilm, recorded:FILE[#column], openai:BASE_URL#MODEL, a .gguf file, "
            + "a folder with safetensors, or hf:org/name[@revision]. NAME=… gives a model another name."
      })
  private List<String> models = new ArrayList<>();

  /** The models; wrong use when one cannot be read or two have one name. */
  List<NamedModel> parsed() {
    return parsed(models);
  }

  private List<NamedModel> parsed(List<String> texts) {
    Map<String, NamedModel> byName = new LinkedHashMap<>();
    for (String text : texts) {
      NamedModel model = parse(text);
      if (byName.putIfAbsent(model.name(), model) != null) {
        throw wrong("two models are called '%s'; give one another name: NAME=%s".formatted(model.name(), model.spec()));
      }
    }
    return List.copyOf(byName.values());
  }

  /** The models, of which there must be one. */
  List<NamedModel> required() {
    List<NamedModel> parsed = parsed();
    if (parsed.isEmpty()) {
      throw wrong("got no model; expected --models, such as --models smollm2-135m-instruct,minilm");
    }
    return parsed;
  }

  /** The models, {@code @router} left out; empty when it alone is named. */
  List<NamedModel> besideRouter() {
    if (!namesRouter()) {
      return required();
    }
    if (models.stream().filter(Votes.ROUTER::equals).count() > 1) {
      throw wrong("two models are called '%s'".formatted(Votes.ROUTER));
    }
    return parsed(models.stream().filter(text -> !text.equals(Votes.ROUTER)).toList());
  }

  /** Whether {@code @router} is named. */
  boolean namesRouter() {
    return models.contains(Votes.ROUTER);
  }

  private NamedModel parse(String text) {
    if (Votes.isVirtual(text)) {
      throw wrong(
          text.equals(Votes.ROUTER)
              ? "--models: got '@router' where models are served; only 'assay eval' asks it, by the routes in force: name the models themselves"
              : "--models: got '%s', which no worker serves: its verdicts are made of those of several models; name these, and add --routing".formatted(text));
    }
    try {
      return NamedModel.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong("--models: " + e.getMessage());
    }
  }

  private RuntimeException wrong(String message) {
    return command == null ? new IllegalArgumentException(message) : new ParameterException(command.commandLine(), message);
  }
}
