package dev.assay.cli;

import dev.assay.cli.model.NamedModel;
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
    Map<String, NamedModel> byName = new LinkedHashMap<>();
    for (String text : models) {
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

  private NamedModel parse(String text) {
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
