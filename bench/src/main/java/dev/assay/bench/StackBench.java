package dev.assay.bench;

import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A cold JVM brings up broker and registry: seconds until both answer, and memory of the three processes; then once more on the same data. */
@Command(name = "stack", mixinStandardHelpOptions = true)
public final class StackBench implements Callable<Integer> {

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  @Option(names = "--hold", hidden = true)
  private @Nullable Path hold;

  private StackBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new StackBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (hold != null) {
      hold(hold);
      return 0;
    }
    Report report = new Report("stack");
    try (Workplace workplace = Workplace.create()) {
      for (String time : List.of("first start", "second start")) {
        start(report, time, workplace.directory());
      }
    }
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
    return 0;
  }

  private static void hold(Path directory) throws InterruptedException {
    Stack stack = Stack.embedded(directory, StackOptions.defaults());
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(stack::close));
    System.out.println("READY " + stack.broker().orElseThrow().process().pid() + " " + stack.registry().orElseThrow().process().pid());
    new CountDownLatch(1).await();
  }

  /** The JVM gets the options of the launcher that decide how fast it starts. */
  private static void start(Report report, String time, Path directory) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StackBench.class.getName(),
                "--hold",
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = parent.inputReader()) {
      String ready = output.lines().filter(line -> line.startsWith("READY ")).findFirst().orElseThrow();
      report.figure(time + ": ready", (System.nanoTime() - begin) / 1e9, "s", "20");
      List<String> pids = List.of(ready.split(" ", -1));
      double broker = resident(Long.parseLong(pids.get(1)));
      double registry = resident(Long.parseLong(pids.get(2)));
      double own = resident(parent.pid());
      report.figure(time + ": memory of broker", broker, "MiB");
      report.figure(time + ": memory of registry", registry, "MiB");
      report.figure(time + ": memory of their parent", own, "MiB");
      report.figure(time + ": memory of all", broker + registry + own, "MiB", "1,500");
    } finally {
      parent.destroy();
      parent.waitFor();
    }
  }

  private static double resident(long pid) throws IOException {
    return Load.residentMib(ProcessHandle.of(pid).orElseThrow());
  }
}
