package dev.assay.bench;

import dev.assay.inference.llm.EngineMicro;
import java.io.IOException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The engine's inner loops under JMH; takes JMH's own options, and less time than it would by default. */
public final class MicroBench {

  private MicroBench() {}

  /** Runs the benchmarks. */
  public static void main(String[] args) throws CommandLineOptionException, RunnerException, IOException {
    CommandLineOptions given = new CommandLineOptions(args);
    OptionsBuilder options = new OptionsBuilder();
    options.parent(given);
    if (given.getIncludes().isEmpty()) {
      options.include(EngineMicro.class.getName());
    }
    options.forks(given.getForkCount().orElse(1));
    options.warmupIterations(given.getWarmupIterations().orElse(3));
    options.warmupTime(given.getWarmupTime().orElse(TimeValue.seconds(1)));
    options.measurementIterations(given.getMeasurementIterations().orElse(5));
    options.measurementTime(given.getMeasurementTime().orElse(TimeValue.seconds(1)));
    var _ = new Runner(options.build()).run();
    System.out.printf("machine's load, last minute: %.1f runnable threads%n", Load.machine());
  }
}
