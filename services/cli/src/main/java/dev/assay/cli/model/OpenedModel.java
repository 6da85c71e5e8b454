package dev.assay.cli.model;

import dev.assay.cli.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.recorded.RecordedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Models by what the command line calls them. */
public final class OpenedModel {

  private OpenedModel() {}

  /** A model on this machine, or one that should be. */
  public record Stored(String name, String detail, Optional<String> problem) {}

  /** Fetches those of the models that are not on this machine, with progress. */
  public static void fetch(List<ModelSpec> models, Console console) {
    console.out().flush();
  }

  /** Loads a model. */
  public static AnsweringModel of(ModelSpec model) {
    try {
      return switch (model.kind()) {
        case RECORDED -> RecordedModel.load(Path.of(model.location()), model.name());
        case BASELINE -> throw new CommandFailure("TODO");
        case CATALOGUE, LOCAL, HUB -> language(model);
      };
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + model.location() + ": " + e.getMessage(), e);
    }
  }

  public static LanguageModel language(ModelSpec model) throws IOException {
    return LanguageModel.load(Path.of(model.location()), model.name(), LoadOptions.defaults());
  }

  public static String nativeLibrary() {
    return "";
  }

  public static List<Stored> stored() {
    return List.of();
  }
}
