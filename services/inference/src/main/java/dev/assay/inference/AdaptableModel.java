package dev.assay.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model that takes on adapters while it serves: small changes of its weights, each of which is a model of its own by its name. Requests
 * say by their {@code model} which of them they mean, and may share a batch whichever that is. Any thread may attach and detach.
 */
public interface AdaptableModel extends AnsweringModel {

  /** What the model of a name is, this one's own or an adapter's; empty when it is neither. */
  Optional<ModelCard> card(String name);

  /**
   * Loads an adapter; one of the same name before it is dropped.
   *
   * @param name by which prompts ask for it
   * @param folder its files
   * @return what it is; its checkpoint is the first 12 hex digits of a sha256 over the base's and its own files'
   * @throws IOException when a file cannot be read
   * @throws RuntimeException with what was got and what was expected, when it is no adapter of this model
   */
  ModelCard attach(String name, Path folder) throws IOException;

  /** Drops an adapter: requests that were begun are finished with it, later ones are answered with a failure. Whether there was one. */
  boolean detach(String name);

  /** The adapters that there are, by name. */
  List<ModelCard> adapters();
}
