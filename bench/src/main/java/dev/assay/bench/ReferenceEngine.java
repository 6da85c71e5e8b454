package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.store.AssayHome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * lm-evaluation-harness with transformers in a process of its own, in a virtual environment of the benchmark's own that is made when it
 * is first needed. For one thread.
 */
final class ReferenceEngine implements AutoCloseable {

  /** What the committed vectors of the engine were made with. */
  private static final List<String> PACKAGES =
      List.of("lm-eval==0.4.13", "transformers==5.23.0", "torch==2.15.0", "accelerate==1.15.0", "gguf==0.19.0");

  private static final JsonMapper JSON = new JsonMapper();
  private final Process process;
  private final BufferedReader answers;
  private final Writer questions;

  private ReferenceEngine(Process process) {
    this.process = process;
    this.answers = process.inputReader();
    this.questions = process.outputWriter();
  }

  /**
   * What one piece of work took.
   *
   * @param seconds on the wall
   * @param computing processor time of all threads, in seconds
   * @param tokens read or generated; 0 where they were not counted
   * @param logProbs of the continuations, in order; empty where none were asked for
   */
  record Took(double seconds, double computing, long tokens, List<Double> logProbs) {}

  /**
   * Starts it.
   *
   * @param environment a virtual environment that has the packages, or null for the benchmark's own
   */
  static ReferenceEngine start(@Nullable Path environment) throws IOException, InterruptedException {
    Path script = Files.createTempFile("assay-reference-", ".py");
    script.toFile().deleteOnExit();
    try (InputStream in = ReferenceEngine.class.getResourceAsStream("reference.py")) {
      Files.write(script, in.readAllBytes());
    }
    Path python = (environment == null ? installed("bench-venv", PACKAGES) : environment).resolve("bin").resolve("python");
    return new ReferenceEngine(new ProcessBuilder(python.toString(), script.toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start());
  }

  /** A virtual environment of the benchmarks' own with these packages, made when it is first needed. */
  static Path installed(String name, List<String> packages) throws IOException, InterruptedException {
    Path environment = AssayHome.path().resolve(name);
    Path complete = environment.resolve("complete");
    if (!Files.exists(complete) || !Files.readString(complete).equals(packages.toString())) {
      System.out.println("Installing " + packages + " into " + environment + " (once; some gigabytes)");
      run(List.of("python3", "-m", "venv", environment.toString()));
      List<String> install = new ArrayList<>(List.of(environment.resolve("bin").resolve("pip").toString(), "install", "--quiet"));
      install.addAll(packages);
      run(install);
      Files.writeString(complete, packages.toString());
    }
    return environment;
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("%s ended with status %d; expected 0".formatted(String.join(" ", command), status));
    }
  }

  /** Loads a GGUF file; the versions that do the work. */
  String load(Path gguf, String dtype, int batch, int threads) throws IOException {
    ObjectNode ask = ask("load").put("dtype", dtype).put("batch", batch).put("threads", threads);
    ask.put("folder", String.valueOf(gguf.getParent())).put("file", String.valueOf(gguf.getFileName()));
    return answer(ask).path("versions").asText();
  }

  /** Scores every continuation after its text. */
  Took score(List<String> texts, List<String> continuations) throws IOException {
    ObjectNode ask = ask("score");
    for (String text : texts) {
      ObjectNode one = ask.withArray("texts").addObject().put("context", text);
      continuations.forEach(one.withArray("continuations")::add);
    }
    return took(ask);
  }

  /** Reads texts together in one pass. */
  Took read(List<String> texts) throws IOException {
    ObjectNode ask = ask("read");
    texts.forEach(ask.withArray("texts")::add);
    return took(ask);
  }

  /** Generates so many tokens after each of the texts, greedily. */
  Took generate(List<String> texts, int tokens) throws IOException {
    ObjectNode ask = ask("generate").put("tokens", tokens);
    texts.forEach(ask.withArray("texts")::add);
    return took(ask);
  }

  @Override
  public void close() throws IOException {
    questions.close();
    process.destroy();
  }

  private static ObjectNode ask(String what) {
    return JSON.createObjectNode().put("do", what);
  }

  private Took took(ObjectNode ask) throws IOException {
    JsonNode answer = answer(ask);
    List<Double> logProbs = new ArrayList<>();
    answer.path("logprobs").forEach(one -> logProbs.add(one.asDouble()));
    return new Took(answer.path("seconds").asDouble(), answer.path("computing").asDouble(), answer.path("tokens").asLong(), logProbs);
  }

  private JsonNode answer(ObjectNode ask) throws IOException {
    questions.write(JSON.writeValueAsString(ask) + "\n");
    questions.flush();
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the reference engine ended at " + ask.path("do") + "; expected an answer; run its python by hand to see why");
    }
    return JSON.readTree(line);
  }
}
