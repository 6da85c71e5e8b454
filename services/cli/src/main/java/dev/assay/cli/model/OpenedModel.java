package dev.assay.cli.model;

import dev.assay.cli.model.NamedModel.Origin;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.LiveView;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.baseline.MiniLmBaseline;
import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.recorded.RecordedModel;
import dev.assay.inference.remote.RemoteModel;
import dev.assay.inference.remote.RemoteSpec;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.ModelStoreException;
import dev.assay.inference.store.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a model's name to a model that answers. */
public final class OpenedModel {

  private static final Logger LOG = LoggerFactory.getLogger(OpenedModel.class);
  private static final long MEGABYTE = 1_000_000;

  private OpenedModel() {}

  /**
   * Fetches those of the models that are not on this machine, with progress; checks the others.
   *
   * @throws ModelStoreException when one cannot be fetched or is not what it should be
   */
  public static void fetch(List<NamedModel> models, Console console) throws IOException, InterruptedException {
    for (NamedModel model : models) {
      switch (model.origin()) {
        case Origin.Weights(ModelSpec spec) -> fetch(spec, console);
        case Origin.Adapted(ModelSpec base, Path _) -> fetch(base, console);
        case Origin.Recorded(String location) -> check(location, model.name());
        case Origin.Baseline _, Origin.Remote _ -> {}
      }
    }
  }

  /** A worker would find the same faults, but only once a whole stack runs. */
  private static void check(String location, String name) {
    try (AnsweringModel read = recorded(location, name)) {
      LOG.debug("{} can be read: {}", location, read.card());
    }
  }

  /** Fetches a model unless it is here and right; where it lies. */
  public static Path fetch(ModelSpec spec, Console console) throws IOException, InterruptedException {
    try (Download download = new Download(console)) {
      return ModelStore.ofEnvironment().pull(spec, download);
    }
  }

  /** Shows a fetch from its first bytes on: a model that is here is not fetched, and shows nothing. */
  private static final class Download implements Progress, AutoCloseable {
    private final Console console;
    private @Nullable LiveView view;

    Download(Console console) {
      this.console = console;
    }

    @Override
    public synchronized void at(String what, long done, long total) {
      LiveView shown = view == null ? LiveView.begin(console, "fetching", " MB", MEGABYTE, -1) : view;
      view = shown;
      if (total > 0) {
        shown.total(total);
      }
      shown.done(done);
      shown.remark(" " + what);
    }

    @Override
    public synchronized void close() {
      if (view != null) {
        view.close();
      }
    }
  }

  /**
   * Loads a model that is on this machine.
   *
   * @param options how, when it is a language model
   * @throws CommandFailure when its files cannot be read
   */
  public static AnsweringModel of(NamedModel model, LoadOptions options) {
    return switch (model.origin()) {
      case Origin.Baseline _ -> MiniLmBaseline.load(model.name());
      case Origin.Recorded(String location) -> recorded(location, model.name());
      case Origin.Remote(RemoteSpec spec) -> remote(spec, model.name());
      case Origin.Weights _, Origin.Adapted _ -> language(model, options);
    };
  }

  /**
   * Loads a language model that is on this machine.
   *
   * @throws CommandFailure when it is no language model, or its files cannot be read
   */
  public static LanguageModel language(NamedModel model) {
    return language(model, LoadOptions.defaults());
  }

  private static LanguageModel language(NamedModel model, LoadOptions options) {
    return switch (model.origin()) {
      case Origin.Weights(ModelSpec spec) -> language(spec, Optional.empty(), model.name(), options);
      case Origin.Adapted(ModelSpec base, Path adapter) -> language(base, Optional.of(adapter), model.name(), options);
      case Origin.Baseline _, Origin.Recorded _, Origin.Remote _ ->
          throw new CommandFailure(
              "got %s, which continues no text; expected a language model, such as smollm2-135m-instruct".formatted(model.spec()));
    };
  }

  /**
   * A model behind a server; nothing is asked of it yet.
   *
   * @throws CommandFailure when the environment lacks its key
   */
  public static RemoteModel remote(RemoteSpec spec, String name) {
    try {
      return RemoteModel.open(spec, name, System::getenv);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("cannot ask the model " + name + ": " + e.getMessage(), e);
    }
  }

  private static LanguageModel language(ModelSpec spec, Optional<Path> adapter, String name, LoadOptions options) {
    try {
      Path weights = ModelStore.ofEnvironment().find(spec);
      return adapter.isPresent()
          ? LanguageModel.load(weights, adapter.get(), name, options)
          : LanguageModel.load(weights, name, options);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("cannot load the model " + name + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure("cannot read the model " + name + ": " + e.getMessage(), e);
    }
  }

  private static RecordedModel recorded(String location, String name) {
    try {
      return RecordedModel.load(Path.of(location), name);
    } catch (IOException e) {
      throw new CommandFailure("cannot read the stored answers " + location + ": " + e.getMessage(), e);
    }
  }
}
