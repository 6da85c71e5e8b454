package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Instance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A file of texts to perturb: {@code {"id": …, "text": …, "refs": […]}} a line; {@code refs} may be missing. */
public final class InstanceFile {
  private static final Set<String> FIELDS = Set.of("id", "text", "refs");

  private InstanceFile() {}

  /** All instances in file order; throws {@link BenchmarkFileException} at the first line that is none or has the id of an earlier one. */
  public static List<Instance> read(Path file) {
    List<Instance> instances = new ArrayList<>();
    PublishedIds ids = new PublishedIds();
    for (Json row : Json.lines(file)) {
      row.requireKnown(FIELDS);
      String id = row.filled("id");
      ids.add(id, row);
      instances.add(new Instance(id, row.text("text"), row.has("refs") ? row.texts("refs") : List.of()));
    }
    return instances;
  }
}
