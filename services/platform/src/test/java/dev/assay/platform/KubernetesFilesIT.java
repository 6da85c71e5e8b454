package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of {@code deploy/kubernetes} are what Kubernetes takes, no field misspelt. */
final class KubernetesFilesIT {

  private static final String VALIDATOR = "kubernetes-validate==1.37.0";
  private static final Path BASE = Path.of(System.getProperty("assay.project.root"), "deploy/kubernetes/base");

  @TempDir Path directory;

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void validator_findsNothing() throws Exception {
    boolean python = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)).anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
    assumeTrue(python || "true".equals(System.getenv("CI")), "python3 is not on the PATH");
    Path venv = directory.resolve("venv");
    run("python3", "-m", "venv", venv.toString());
    run(venv.resolve("bin/pip").toString(), "--quiet", "install", VALIDATOR);
    List<String> command = new ArrayList<>(List.of(venv.resolve("bin/kubernetes-validate").toString(), "--strict"));
    try (Stream<Path> files = Files.list(BASE)) {
      files.filter(file -> !file.endsWith("kustomization.yaml")).map(Path::toString).sorted().forEach(command::add);
    }
    assertThat(run(command.toArray(String[]::new))).contains("statefulset/tables-stream", "deployment/worker", "poddisruptionbudget/gateway");
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    int status = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start().waitFor();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(status).as(text).isZero();
    return text;
  }
}
