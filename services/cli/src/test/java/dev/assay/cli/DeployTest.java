package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the files for containers say fits the command that they run, and the meters that they read. */
final class DeployTest {

  private static final Path ROOT = Path.of(System.getProperty("assay.project.root"));
  private static final Path KUBERNETES = ROOT.resolve("deploy/kubernetes");
  private static final String IMAGE = "assay";

  /** A container's arguments, and where they stand. */
  record Arguments(String where, List<String> words) {
    @Override
    public String toString() {
      return where;
    }
  }

  private static List<JsonNode> documents(Path file) throws IOException {
    YAMLMapper mapper = new YAMLMapper();
    try (MappingIterator<JsonNode> all = mapper.readerFor(JsonNode.class).readValues(file.toFile())) {
      return all.readAll();
    }
  }

  static Stream<Arguments> arguments() throws IOException {
    return Stream.concat(ofCompose(), ofKubernetes());
  }

  private static Stream<Arguments> ofCompose() throws IOException {
    // Anchors are resolved by the services' own fields: what builds our image has a command of its own.
    JsonNode services = documents(ROOT.resolve("docker-compose.yml")).getFirst().path("services");
    return services.properties().stream()
        .filter(service -> !service.getValue().has("image") && service.getValue().has("command"))
        .map(service -> new Arguments("compose " + service.getKey(), words(service.getValue().path("command"), "\\$\\{[A-Z_]+:-([^}]*)}", "$1")));
  }

  private static Stream<Arguments> ofKubernetes() throws IOException {
    try (Stream<Path> files = Files.walk(KUBERNETES)) {
      List<Path> manifests = files.filter(file -> file.toString().endsWith(".yaml")).toList();
      return manifests.stream()
          .flatMap(DeployTest::all)
          .flatMap(
              document ->
                  Stream.of("containers", "initContainers")
                      .flatMap(
                          kind ->
                              document.path("spec").path("template").path("spec").path(kind).valueStream()
                                  .filter(container -> container.path("image").asText(IMAGE).equals(IMAGE))
                                  .map(
                                      container ->
                                          new Arguments(
                                              "kubernetes " + container.path("name").asText(),
                                              words(container.path("args"), "\\$\\([A-Z_]+\\)", "value")))));
    }
  }

  private static Stream<JsonNode> all(Path file) {
    try {
      return documents(file).stream();
    } catch (IOException e) {
      throw new IllegalStateException(file.toString(), e);
    }
  }

  private static List<String> words(JsonNode list, String variable, String value) {
    return list.valueStream().map(word -> word.asText().replaceAll(variable, value)).toList();
  }

  @ParameterizedTest
  @MethodSource("arguments")
  void argumentsOfContainers_areThoseOfTheCommand(Arguments arguments) {
    Console silent = new Console(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), 0);
    assertThat(arguments.words()).isNotEmpty();
    assertThatCode(() -> Assay.commandLine(silent, new Interruption()).parseArgs(arguments.words().toArray(String[]::new))).doesNotThrowAnyException();
  }

  @Test
  void everyService_isThere() throws IOException {
    List<String> services = List.of("intake", "ballot", "tables-stream", "routing", "plan", "worker", "gateway");
    assertThat(ofCompose().map(found -> found.words().getFirst())).containsAll(services);
    assertThat(ofKubernetes().map(found -> found.words().getFirst())).containsAll(services);
  }

  @Test
  void kustomizations_nameFilesThatAreThere() throws IOException {
    try (Stream<Path> files = Files.walk(KUBERNETES)) {
      for (Path file : files.filter(found -> found.endsWith("kustomization.yaml")).toList()) {
        JsonNode kustomization = documents(file).getFirst();
        assertThat(kustomization.path("resources").isEmpty()).isFalse();
        kustomization.path("resources").forEach(resource -> assertThat(file.resolveSibling(resource.asText())).exists());
        kustomization.path("patches").forEach(patch -> assertThat(file.resolveSibling(patch.path("path").asText())).exists());
      }
    }
  }

  @Test
  void workersAreScaled_byAMeterOfTheGateway() throws IOException {
    Map<?, ?> trigger =
        new YAMLMapper().convertValue(documents(KUBERNETES.resolve("autoscaling/worker-by-lag.yaml")).getFirst().at("/spec/triggers/0/metadata"), Map.class);
    assertThat(trigger.get("query")).asString().contains("assay_model_requests_waiting{model=");
    assertThat(Files.readString(ROOT.resolve("docs/operations.md"))).contains("`assay_model_requests_waiting`");
  }
}
