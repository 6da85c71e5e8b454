package dev.assay.platform;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * What {@code stack.json} in a data directory says of the stack that runs there.
 *
 * @param owner the process that started it
 * @param bootstrapServers address of the broker
 * @param registryUrl base of the registry's Confluent-compatible API
 * @param broker the broker's process
 * @param registry the registry's process
 */
record StackFile(
    ProcessIdentity owner, String bootstrapServers, String registryUrl, ProcessIdentity broker, ProcessIdentity registry) {

  private static final String NAME = "stack.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The file of a stack that still runs; a killed stack's file counts for nothing. */
  static Optional<StackFile> ofRunning(Path dataDirectory) throws IOException {
    Path file = dataDirectory.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    return Optional.of(JSON.readValue(Files.readAllBytes(file), StackFile.class))
        .filter(found -> found.owner().running().isPresent());
  }

  /** Writes the file at once or not at all. */
  void write(Path dataDirectory) throws IOException {
    Path file = dataDirectory.resolve(NAME);
    Path partial = dataDirectory.resolve(NAME + ".partial");
    Files.write(partial, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  static void delete(Path dataDirectory) throws IOException {
    Files.deleteIfExists(dataDirectory.resolve(NAME));
  }
}
