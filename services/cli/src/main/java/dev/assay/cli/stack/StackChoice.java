package dev.assay.cli.stack;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.inference.store.AssayHome;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which broker and registry a command uses: those named, else those that run on a folder, else ones that it starts there. */
public final class StackChoice {

  /** Where the stack of this machine keeps its records, unless a folder is given. */
  private static final String DEFAULT_FOLDER = "stack";

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Folder of the embedded broker and registry, with their records and logs (default: stack in $$ASSAY_HOME).")
  private @Nullable Path directory;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "Use this Kafka cluster instead of the embedded broker; needs --schema-registry.")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--schema-registry",
      paramLabel = "URL",
      description = "Use this Confluent-compatible schema registry, such as http://host:8081; needs --bootstrap-servers.")
  private @Nullable String registryUrl;

  /** The folder of the embedded stack, its logs and its state. */
  public Path directory() {
    return (directory == null ? AssayHome.path().resolve(DEFAULT_FOLDER) : directory).toAbsolutePath().normalize();
  }

  /** Whether the folder is this machine's own. */
  public boolean isDefault() {
    return directory == null;
  }

  /** Where logs go. */
  public Path logs() {
    return directory().resolve("logs");
  }

  /** The stack that runs already: the named one, or the one that another process runs on the folder. */
  public Optional<Stack> running() {
    return named().or(() -> Stack.find(directory()));
  }

  /** Whether broker and registry are named, and so run elsewhere. */
  public boolean isNamed() {
    return bootstrapServers != null || registryUrl != null;
  }

  /**
   * The addresses for a service that only makes sense beside a running stack.
   *
   * @throws CommandFailure when there is none
   */
  public KafkaSettings requireRunning() {
    return running()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "no stack runs on %s; start one with 'assay up', or name one by --bootstrap-servers and --schema-registry"
                        .formatted(directory())))
        .settings();
  }

  private Optional<Stack> named() {
    if (bootstrapServers == null && registryUrl == null) {
      return Optional.empty();
    }
    if (bootstrapServers == null || registryUrl == null) {
      throw new CommandFailure(
          "got only %s; expected --bootstrap-servers and --schema-registry together, or neither"
              .formatted(bootstrapServers == null ? "--schema-registry" : "--bootstrap-servers"));
    }
    return Optional.of(Stack.external(bootstrapServers, registryUrl, directory().resolve("streams")));
  }
}
