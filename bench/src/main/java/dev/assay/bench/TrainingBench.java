package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Steps of LoRA training beside transformers and PEFT on the same weights and texts, by turns; memory over many steps. */
@Command(name = "training", mixinStandardHelpOptions = true)
public final class TrainingBench implements Callable<Integer> {

  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> PACKAGES = List.of("peft==0.21.2", "transformers==5.23.0", "torch==2.15.0", "accelerate==1.15.0", "gguf==0.19.0");
  private static final double DROPOUT = 0.05;
  private static final int WARM_STEPS = 20;

  @Option(names = "--texts", defaultValue = "4", description = "texts of a step (default: ${DEFAULT-VALUE})")
  private int texts;

  @Option(names = "--tokens", defaultValue = "512", description = "tokens of a text (default: ${DEFAULT-VALUE})")
  private int tokens;

  @Option(names = "--answers", defaultValue = "64", description = "tokens of a text that are learned (default: ${DEFAULT-VALUE})")
  private int answers;

  @Option(names = "--rounds", defaultValue = "3", description = "how often each has its turn (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Option(names = "--threads", defaultValue = "0", description = "threads of both (default: as many as processors)")
  private int threads;

  @Option(names = "--dtype", defaultValue = "float32", description = "float32 or bfloat16 (default: ${DEFAULT-VALUE})")
  private String dtype = "float32";

  @Option(names = "--steps", defaultValue = "200", description = "steps over which memory is watched; 0 for none (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(names = "--venv", description = "a virtual environment with the packages (default: the benchmark's own, which it makes)")
  private @Nullable Path venv;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private TrainingBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainingBench()).execute(args));
  }

  private record Took(double loss, double seconds, double computing) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    int processors = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    Path gguf = ModelStore.ofEnvironment().find(ModelSpec.parse("smollm2-135m-instruct"));
    LoadOptions options =
        LoadOptions.defaults().withDevice("cpu").withThreads(processors).withMaxPassTokens(tokens).withPrecision(dtype.equals("float32") ? Precision.FLOAT32 : Precision.BFLOAT16);
    List<Took> ours = new ArrayList<>();
    List<Took> theirs = new ArrayList<>();
    double warm = 0;
    double end = 0;
    List<int[]> batch = IntStream.range(0, texts).mapToObj(this::text).toList();
    try (TrainableModel model = TrainableModel.load(gguf, options);
        Reference reference = new Reference(gguf, processors)) {
      for (int round = 0; round <= rounds; round++) {
        Took mine = step(model, batch, answers);
        Took other = reference.step(batch);
        // The first turn compiles and fills caches.
        if (round > 0) {
          ours.add(mine);
          theirs.add(other);
        }
      }
      for (int step = 1; step <= steps; step++) {
        int length = 16 + step % 48;
        step(model, List.of(IntStream.of(text(step)).limit(length).toArray(), IntStream.of(text(step + 1)).limit(length / 2 + 8).toArray()), 4);
        if (step == WARM_STEPS) {
          warm = Load.residentMib(ProcessHandle.current());
        }
      }
      end = Load.residentMib(ProcessHandle.current());
      System.out.println("Beside " + reference.versions);
    }
    double read = (double) texts * tokens;
    Report report =
        new Report("training")
            .figure("Assay", read / median(ours.stream().map(Took::seconds).toList()), "tokens/s")
            .figure("transformers + PEFT", read / median(theirs.stream().map(Took::seconds).toList()), "tokens/s")
            .figure("ratio", median(theirs.stream().map(Took::seconds).toList()) / median(ours.stream().map(Took::seconds).toList()), "×", "0.8")
            .figure("ratio by processor time", median(theirs.stream().map(Took::computing).toList()) / median(ours.stream().map(Took::computing).toList()), "×", "0.8")
            .figure("loss", ours.getFirst().loss(), "nats")
            .figure("loss of transformers + PEFT", theirs.getFirst().loss(), "nats");
    if (steps > WARM_STEPS) {
      report.figure("memory after %d steps".formatted(WARM_STEPS), warm, "MiB").figure("memory after %d steps".formatted(steps), end, "MiB");
    }
    report.figure("machine's load, last minute", Load.machine(), "runnable threads").publish(json);
    return 0;
  }

  private Took step(TrainableModel model, List<int[]> batch, int learned) {
    LoraLayout layout = new LoraLayout(model.architecture(), 8, 32, Set.of(Part.QUERY, Part.VALUE));
    float[] adapter = layout.initial(new SplittableRandom(1));
    List<TrainingText> all = new ArrayList<>();
    for (int[] ids : batch) {
      BitSet places = new BitSet();
      places.set(ids.length - learned, ids.length);
      all.add(new TrainingText(ids, places));
    }
    long begin = System.nanoTime();
    long computing = computing();
    double loss;
    try (TrainableModel.Slope slope = model.slope(layout, adapter, DROPOUT)) {
      loss = slope.add(all, 1.0 / (batch.size() * learned), 7);
      slope.gradient();
    }
    return new Took(loss, (System.nanoTime() - begin) / 1e9, (computing() - computing) / 1e9);
  }

  private int[] text(int number) {
    SplittableRandom random = new SplittableRandom(number);
    return IntStream.range(0, tokens).map(_ -> random.nextInt(100, 40_000)).toArray();
  }

  private static long computing() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** transformers and PEFT in a process of their own. */
  private final class Reference implements AutoCloseable {
    private final Process process;
    private final BufferedReader from;
    private final Writer to;
    private final String versions;

    Reference(Path gguf, int processors) throws IOException, InterruptedException {
      Path script = Files.createTempFile("assay-training-", ".py");
      script.toFile().deleteOnExit();
      try (InputStream in = TrainingBench.class.getResourceAsStream("training_reference.py")) {
        Files.write(script, in.readAllBytes());
      }
      Path environment = venv == null ? ReferenceEngine.installed("training-venv", PACKAGES) : venv;
      this.process =
          new ProcessBuilder(environment.resolve("bin/python").toString(), script.toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      this.from = process.inputReader();
      this.to = process.outputWriter();
      ObjectNode load = JSON.createObjectNode().put("threads", processors).put("dtype", dtype).put("dropout", DROPOUT);
      load.put("folder", String.valueOf(gguf.getParent())).put("file", String.valueOf(gguf.getFileName()));
      this.versions = answer(load).path("versions").asText();
    }

    Took step(List<int[]> batch) throws IOException {
      ObjectNode ask = JSON.createObjectNode().put("answers", answers).put("together", 1);
      batch.forEach(ids -> IntStream.of(ids).forEach(ask.withArray("texts").addArray()::add));
      JsonNode answer = answer(ask);
      return new Took(answer.path("loss").asDouble(), answer.path("seconds").asDouble(), answer.path("computing").asDouble());
    }

    private JsonNode answer(ObjectNode ask) throws IOException {
      to.write(JSON.writeValueAsString(ask) + "\n");
      to.flush();
      String line = from.readLine();
      if (line == null) {
        throw new IOException("the reference ended; expected an answer; run its python by hand to see why");
      }
      return JSON.readTree(line);
    }

    @Override
    public void close() throws IOException {
      to.close();
      process.destroy();
    }
  }
}
