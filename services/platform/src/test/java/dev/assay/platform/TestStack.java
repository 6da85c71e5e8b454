package dev.assay.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.ContainerFetchException;

/**
 * A broker and a registry for one test class: containers where a Docker engine answers, embedded ones otherwise. Register it as a
 * static field with {@code @RegisterExtension}.
 */
public final class TestStack implements BeforeAllCallback, AfterAllCallback {

  private static final Logger LOG = LoggerFactory.getLogger(TestStack.class);

  private @Nullable Running running;

  private record Running(Stack stack, Path directory, List<? extends AutoCloseable> parts) {}

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    Path directory = Files.createTempDirectory("assay-test-");
    running = DockerEngine.answers() ? contained(directory) : embedded(directory);
  }

  private static Running contained(Path directory) {
    ContainerStack containers = new ContainerStack();
    try {
      containers.start();
    } catch (ContainerFetchException e) {
      containers.close();
      LOG.warn("The Docker engine cannot get the images ({}); the embedded stack runs instead.", e.getMessage());
      return embedded(directory);
    }
    return new Running(
        Stack.external(containers.bootstrapServers(), containers.registryUrl(), directory), directory, List.of(containers));
  }

  private static Running embedded(Path directory) {
    Stack stack = Stack.embedded(directory, StackOptions.defaults());
    return new Running(stack, directory, List.of(stack));
  }

  /** The stack; to kill or restart its parts, use {@link Stack#embedded} instead, which is the same everywhere. */
  public Stack stack() {
    if (running == null) {
      throw new IllegalStateException("the stack runs during the tests of a class; register TestStack as a static field");
    }
    return running.stack();
  }

  /** Addresses and client settings of the stack. */
  public KafkaSettings settings() {
    return stack().settings();
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (running == null) {
      return;
    }
    for (AutoCloseable part : running.parts()) {
      part.close();
    }
    delete(running.directory());
    running = null;
  }

  /** Deletes a directory with all that is in it. */
  static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      paths.sorted(Comparator.reverseOrder()).forEach(TestStack::deleteOne);
    }
  }

  private static void deleteOne(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }
}
