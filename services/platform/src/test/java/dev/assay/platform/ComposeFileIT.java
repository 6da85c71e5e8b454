package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code docker-compose.yml} is well formed and runs the broker that the embedded stack runs. */
final class ComposeFileIT {

  private static final String LINTER = "dclint@3.1.0";

  private static final Path COMPOSE_FILE = Path.of(System.getProperty("assay.project.root"), "docker-compose.yml");

  @TempDir Path directory;

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void linter_findsNothing() throws Exception {
    boolean npx = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)).anyMatch(folder -> Files.isExecutable(Path.of(folder, "npx")));
    assumeTrue(npx || "true".equals(System.getenv("CI")), "npx is not on the PATH");
    Path report = directory.resolve("report");
    int status =
        new ProcessBuilder("npx", "--yes", LINTER, "--max-warnings", "0", COMPOSE_FILE.toString())
            .redirectErrorStream(true)
            .redirectOutput(report.toFile())
            .start()
            .waitFor();
    assertThat(status).as(Files.readString(report, StandardCharsets.UTF_8)).isZero();
  }

  @Test
  void broker_hasTheEmbeddedBrokersSettings() throws IOException {
    JsonNode environment = service("broker").path("environment");
    TreeMap<String, String> expected = new TreeMap<>();
    TreeMap<String, String> found = new TreeMap<>();
    Properties settings = BrokerSettings.of(directory, 1, 2);
    settings.stringPropertyNames().stream()
        .filter(name -> !ContainerStack.ADDRESSES.contains(name))
        .forEach(
            name -> {
              String variable = ContainerStack.environmentName(name);
              expected.put(variable, settings.getProperty(name));
              found.put(variable, environment.path(variable).asText("(not set)"));
            });
    assertThat(found).isEqualTo(expected).isNotEmpty();
  }

  @Test
  void images_areThoseOfTheTests() throws IOException {
    assertThat(service("broker").path("image").asText()).isEqualTo(ContainerStack.BROKER.asCanonicalNameString());
    assertThat(service("registry").path("image").asText()).isEqualTo(ContainerStack.REGISTRY.asCanonicalNameString());
  }

  private static JsonNode service(String name) throws IOException {
    return new YAMLMapper().readTree(COMPOSE_FILE.toFile()).path("services").path(name);
  }
}
