package dev.assay.bench;

import dev.assay.topology.scoring.TextMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** ROUGE-1, ROUGE-2 and ROUGE-L of made-up summaries as long as those of CNN/DailyMail, on all processors. */
@Command(name = "rouge", mixinStandardHelpOptions = true)
public final class RougeBench implements Callable<Integer> {

  /** About the mean length of a reference and of a model's summary. */
  private static final int WORDS_OF_REFERENCE = 56;

  private static final int WORDS_OF_SUMMARY = 62;
  private static final List<String> METRICS = List.of("rouge_1", "rouge_2", "rouge_l");
  private static final List<String> SYLLABLES =
      List.of("ba", "con", "der", "es", "fi", "gra", "ho", "in", "la", "mo", "ne", "per", "re", "sta", "tra", "un");
  private static final List<String> ENDINGS = List.of("", "s", "ed", "ing", "ation", "ness", "ly", "ies");

  @Option(names = "--summaries", defaultValue = "10000", description = "how many summaries are scored (default: ${DEFAULT-VALUE})")
  private int summaries;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private RougeBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new RougeBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<String> references = texts(1, WORDS_OF_REFERENCE);
    List<String> predictions = texts(2, WORDS_OF_SUMMARY);
    long begin = System.nanoTime();
    double sum =
        IntStream.range(0, summaries)
            .parallel()
            .mapToDouble(i -> METRICS.stream().mapToDouble(metric -> TextMetrics.byName(metric).score(references.get(i), predictions.get(i))).sum())
            .sum();
    double seconds = (System.nanoTime() - begin) / 1e9;
    new Report("rouge")
        .figure("summaries", summaries, "")
        .figure("mean of the three metrics", sum / summaries / METRICS.size(), "")
        .figure("time, cold JVM", seconds, "s", "60")
        .figure("machine's load, last minute", Load.machine(), "runnable threads")
        .publish(json);
    return 0;
  }

  private List<String> texts(long seed, int words) {
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, summaries)
        .mapToObj(_ -> IntStream.range(0, words).mapToObj(_ -> word(random)).collect(Collectors.joining(" ", "", ".")))
        .toList();
  }

  private static String word(SplittableRandom random) {
    StringBuilder word = new StringBuilder();
    for (int syllables = random.nextInt(1, 3); syllables > 0; syllables--) {
      word.append(SYLLABLES.get(random.nextInt(SYLLABLES.size())));
    }
    return word.append(ENDINGS.get(random.nextInt(ENDINGS.size()))).toString();
  }
}
