package dev.assay.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.assay.bench.MmluQuestions.Question;
import dev.assay.bench.ReferenceEngine.Took;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.llm.GenerateOutcome;
import dev.assay.inference.llm.GenerateText;
import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.ScoreText;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import dev.assay.records.OrderRule;
import dev.assay.records.Request;
import dev.assay.records.Votes;
import dev.assay.topology.scoring.Orders;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The language-model engine beside lm-evaluation-harness and transformers: the same questions, the same weights, the same machine, by
 * turns in the same run. Every ratio is given twice: by the wall clock, and by processor time, which other work on the machine disturbs less.
 */
@Command(name = "engine", mixinStandardHelpOptions = true)
public final class EngineBench implements Callable<Integer> {

  private static final int HARNESS_BATCH = 8;
  private static final int WORKER_BATCH = 32;

  /** A multiple of the harness's batch, so that no round ends in a batch that is not full. */
  private static final int ROUND = 40;

  private static final int PASS_TOKENS = 512;
  private static final int DECODE_TOKENS = 48;
  private static final int REPEATS = 3;
  private static final double MIB = 1 << 20;
  private static final List<Integer> PUBLISHED = Orders.of(OrderRule.ONE, 4).getFirst();

  /** What is left to compute when every common beginning is computed once, with five examples: the parts of one pass without sharing. */
  private static final Map<OrderRule, String> CEILINGS = Map.of(OrderRule.ONE, "0.16", OrderRule.CYCLIC, "0.35", OrderRule.ALL, "1.11");

  @Option(names = "--vectors", description = "questions and what the harness gave for them; default ${DEFAULT-VALUE}")
  private Path vectors = Path.of("../shared/vectors/smollm2_mmlu_zero_shot.json");

  @Option(names = "--dev", description = "folder of MMLU's dev files; default ${DEFAULT-VALUE}")
  private Path dev = Path.of("../shared/data/mmlu/dev");

  @Option(names = "--model", description = "default ${DEFAULT-VALUE}")
  private String model = "smollm2-135m-instruct";

  @Option(names = "--questions", description = "how many of them, the first; default all")
  private int most = Integer.MAX_VALUE;

  @Option(names = "--shots", split = ",", description = "examples before each question; default ${DEFAULT-VALUE}")
  private List<Integer> shots = List.of(5, 0);

  @Option(names = "--precision", split = ",", description = "default ${DEFAULT-VALUE}")
  private List<Precision> precisions = List.of(Precision.FLOAT32, Precision.BFLOAT16);

  @Option(names = "--kv-mib", description = "budget for keys and values; default ${DEFAULT-VALUE}")
  private long kvMib = 512;

  @Option(names = "--requests", description = "requests of the memory test; default ${DEFAULT-VALUE}")
  private int requests = 10_000;

  @Option(
      names = "--threads",
      description = "of one operation, on both sides; on a busy machine 1 gives ratios that hold, since no thread waits for another; default one a core")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--venv", description = "a virtual environment that has the reference's packages; default one of the benchmark's own")
  private @Nullable Path environment;

  @Option(names = "--without-reference", description = "measure the engine alone")
  private boolean alone;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private EngineBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EngineBench()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path gguf = ModelStore.ofEnvironment().pull(ModelSpec.parse(model), Progress.SILENT);
    Report report = new Report("engine");
    report.figure("machine's load, last minute, at the begin", Load.machine(), "runnable threads");
    for (Precision precision : precisions) {
      LoadOptions options = LoadOptions.defaults().withPrecision(precision).withThreads(threads).withKvBytes(kvMib << 20);
      try (LanguageModel engine = LanguageModel.load(gguf, model, options);
          @Nullable ReferenceEngine reference = alone ? null : ReferenceEngine.start(environment)) {
        String name = precision.name().toLowerCase(Locale.ROOT);
        if (reference != null) {
          System.out.println(name + " beside " + reference.load(gguf, name, HARNESS_BATCH, threads));
        }
        warmUp(engine, reference);
        for (int count : shots) {
          questions(report, name + ", " + count + "-shot", engine, reference, count);
        }
        rates(report, name, engine, reference);
        memory(report, name, engine, precision);
      }
    }
    report.figure("machine's load, last minute, at the end", Load.machine(), "runnable threads");
    report.publish(json);
    return 0;
  }

  /** Time and tokens of one way of asking. */
  private static final class Account {
    double seconds;
    double computing;
    long computed;
    final List<List<Double>> logProbs = new ArrayList<>();

    void add(Took took) {
      seconds += took.seconds();
      computing += took.computing();
      for (int i = 0; i < took.logProbs().size(); i += MmluQuestions.LETTERS.size()) {
        logProbs.add(took.logProbs().subList(i, i + MmluQuestions.LETTERS.size()));
      }
    }
  }

  /** A batch on both sides, so that neither is measured while it compiles or first touches its memory. */
  private void warmUp(LanguageModel engine, @Nullable ReferenceEngine reference) throws IOException {
    List<Question> first = MmluQuestions.read(vectors, dev, 0).subList(0, HARNESS_BATCH);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      engine.forget();
      ask(engine, new Account(), first.stream().map(question -> question.request(model, Orders.of(OrderRule.CYCLIC, 4))).toList());
    }
    if (reference != null) {
      var _ = reference.score(first.stream().map(question -> question.prompt(PUBLISHED)).toList(), MmluQuestions.LETTERS);
    }
  }

  private void questions(Report report, String what, LanguageModel engine, @Nullable ReferenceEngine reference, int count)
      throws IOException {
    List<Question> all = MmluQuestions.read(vectors, dev, count);
    List<Question> questions = all.subList(0, Math.min(most, all.size()));
    double naive = questions.stream().mapToLong(question -> engine.encode(question.prompt(PUBLISHED)).length).sum();
    for (OrderRule rule : count == 0 ? List.of(OrderRule.ONE) : List.of(OrderRule.ONE, OrderRule.CYCLIC, OrderRule.ALL)) {
      // Each rule finds in memory what it left there itself, and not what the rules before it did.
      engine.forget();
      Account ours = new Account();
      Account theirs = new Account();
      List<List<Integer>> orders = Orders.of(rule, 4);
      for (int from = 0; from < questions.size(); from += ROUND) {
        List<Question> round = questions.subList(from, Math.min(questions.size(), from + ROUND));
        if (reference != null && rule != OrderRule.CYCLIC) {
          theirs.add(reference.score(round.stream().map(question -> question.prompt(PUBLISHED)).toList(), MmluQuestions.LETTERS));
        }
        ask(engine, ours, round.stream().map(question -> question.request(model, orders)).toList());
      }
      String line = "%s, %d orders".formatted(what, orders.size());
      System.out.printf(
          Locale.ROOT,
          "%s: %.1f s (processor %.1f), harness %.1f s (processor %.1f), load %.1f%n",
          line, ours.seconds, ours.computing, theirs.seconds, theirs.computing, Load.machine());
      report.figure(line + ": tokens computed, of one naive pass", ours.computed / naive, "", count == 5 ? CEILINGS.getOrDefault(rule, "") : "");
      report.figure(line + ": questions", questions.size() / ours.seconds, "/s");
      if (reference == null) {
        continue;
      }
      if (rule == OrderRule.ONE) {
        String least = count == 0 ? "1.5" : "6";
        report.figure(what + ", harness: questions", questions.size() / theirs.seconds, "/s");
        report.figure(line + ": harness's time by ours, wall", theirs.seconds / ours.seconds, "×", least);
        report.figure(line + ": harness's time by ours, processor", theirs.computing / ours.computing, "×", least);
        report.figure(line + ": largest difference of a log-probability", difference(ours.logProbs, theirs.logProbs), "");
        report.figure(line + ": equal decisions", agreement(ours.logProbs, theirs.logProbs), "");
      } else if (rule == OrderRule.ALL) {
        report.figure(line + ": time by harness's for one order, wall", ours.seconds / theirs.seconds, "×", "1.5");
        report.figure(line + ": time by harness's for one order, processor", ours.computing / theirs.computing, "×", "1.5");
      }
    }
  }

  private static void ask(LanguageModel engine, Account account, List<Request> requests) {
    for (int from = 0; from < requests.size(); from += WORKER_BATCH) {
      List<Request> batch = requests.subList(from, Math.min(requests.size(), from + WORKER_BATCH));
      long begin = System.nanoTime();
      double used = computing();
      List<ModelAnswer> answers = engine.answer(batch);
      account.seconds += (System.nanoTime() - begin) / 1e9;
      account.computing += computing() - used;
      for (ModelAnswer answer : answers) {
        if (!(answer.outcome() instanceof Votes votes)) {
          throw new IllegalStateException("got " + answer.outcome() + "; expected votes");
        }
        account.computed += answer.tokensComputed();
        account.logProbs.add(votes.getVotes().getFirst().getLogProbs());
      }
    }
  }

  private static double difference(List<List<Double>> a, List<List<Double>> b) {
    return IntStream.range(0, a.size())
        .mapToDouble(i -> IntStream.range(0, 4).mapToDouble(k -> Math.abs(a.get(i).get(k) - b.get(i).get(k))).max().orElse(0))
        .max()
        .orElse(0);
  }

  private static double agreement(List<List<Double>> a, List<List<Double>> b) {
    return IntStream.range(0, a.size()).filter(i -> best(a.get(i)) == best(b.get(i))).count() / (double) a.size();
  }

  private static int best(List<Double> logProbs) {
    return logProbs.indexOf(Collections.max(logProbs));
  }

  /** Tokens a second, reading and generating, beside transformers' own. */
  private void rates(Report report, String name, LanguageModel engine, @Nullable ReferenceEngine reference) throws IOException {
    Random random = new Random(11);
    for (int batch : new int[] {1, HARNESS_BATCH}) {
      Rate reading = new Rate();
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        List<String> texts = IntStream.range(0, batch).mapToObj(_ -> noise(engine, random, PASS_TOKENS)).toList();
        long tokens = texts.stream().mapToLong(text -> engine.encode(text).length).sum();
        reading.ours(tokens, () -> engine.score(texts.stream().map(text -> new ScoreText(text, List.of(" end"))).toList()));
        if (reference != null) {
          reading.theirs(reference.read(texts));
        }
      }
      reading.report(report, name + ", reading " + batch + " × " + PASS_TOKENS + " tokens", "0.9");
    }
    for (int batch : new int[] {1, HARNESS_BATCH}) {
      Rate generating = new Rate();
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        List<String> texts = IntStream.range(0, batch).mapToObj(_ -> noise(engine, random, 16)).toList();
        long[] generated = new long[1];
        generating.ours(
            0,
            () -> {
              for (GenerateOutcome outcome : engine.generate(texts.stream().map(text -> GenerateText.greedy(text, DECODE_TOKENS)).toList())) {
                generated[0] += ((GenerateOutcome.Generated) outcome).tokens().size();
              }
            });
        generating.tokens += generated[0];
        if (reference != null) {
          generating.theirs(reference.generate(texts, DECODE_TOKENS));
        }
      }
      generating.report(report, name + ", generating " + batch + " side by side", "1.0");
    }
  }

  /** Tokens a second of two engines, by turns. */
  private static final class Rate {
    long tokens;
    private double seconds;
    private double computing;
    private long theirTokens;
    private double theirSeconds;
    private double theirComputing;

    void ours(long count, Runnable work) {
      long begin = System.nanoTime();
      double used = EngineBench.computing();
      work.run();
      seconds += (System.nanoTime() - begin) / 1e9;
      computing += EngineBench.computing() - used;
      tokens += count;
    }

    void theirs(Took took) {
      theirSeconds += took.seconds();
      theirComputing += took.computing();
      theirTokens += took.tokens();
    }

    void report(Report report, String what, String least) {
      report.figure(what, tokens / seconds, "tokens/s");
      System.out.printf(Locale.ROOT, "%s: %.1f tokens/s (%.1f by processor)%n", what, tokens / seconds, tokens / computing);
      if (theirTokens > 0) {
        System.out.printf(
            Locale.ROOT, "  transformers %.1f tokens/s (%.1f by processor)%n", theirTokens / theirSeconds, theirTokens / theirComputing);
        report.figure(what + ", transformers", theirTokens / theirSeconds, "tokens/s");
        report.figure(what + ": ours by transformers, wall", tokens / seconds / (theirTokens / theirSeconds), "×", least);
        report.figure(what + ": ours by transformers, processor", tokens / computing / (theirTokens / theirComputing), "×", least);
      }
    }
  }

  /** Resident memory after the work above, and how it grows over many small requests. */
  private void memory(Report report, String name, LanguageModel engine, Precision precision) throws IOException {
    double weights = engine.card().parameters() * (precision == Precision.FLOAT32 ? 4.0 : 2.0) / MIB;
    ProcessHandle self = ProcessHandle.current();
    report.figure(
        name + ", resident memory", Load.residentMib(self), "MiB", "%,.0f".formatted(weights + kvMib + 300));
    if (requests == 0) {
      return;
    }
    Random random = new Random(3);
    double early = 0;
    for (int done = 0; done < requests; done += WORKER_BATCH) {
      List<Request> batch =
          IntStream.range(0, Math.min(WORKER_BATCH, requests - done))
              .mapToObj(_ -> new Question("", noise(engine, random, 4), List.of("a", "b", "c", "d"), List.of()))
              .map(question -> question.request(model, List.of(PUBLISHED)))
              .toList();
      ask(engine, new Account(), batch);
      if (done < requests / 5) {
        early = Load.residentMib(self);
      }
    }
    report.figure(
        "%s, memory grown from request %,d to %,d".formatted(name, requests / 5, requests), Load.residentMib(self) - early, "MiB", "0");
  }

  /** A text of so many tokens, a few more or less, that has been read by nobody. */
  private static String noise(LanguageModel engine, Random random, int tokens) {
    return engine.decode(random.ints(tokens, 1_000, 40_000).toArray());
  }

  /** Processor time that this process has used, in seconds. */
  private static double computing() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }
}
