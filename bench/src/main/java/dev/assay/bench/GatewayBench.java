package dev.assay.bench;

import dev.assay.cli.stack.Site;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayOptions;
import dev.assay.platform.Stack;
import dev.assay.platform.StackOptions;
import dev.assay.schemas.Registries;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the way through Kafka costs a client: completions at a steady rate of a model that has its answers stored and computes nothing, from
 * when a request was due until its answer is there.
 */
@Command(name = "gateway", mixinStandardHelpOptions = true)
public final class GatewayBench implements Callable<Integer> {

  private static final String MODEL = "recorded";
  private static final String QUESTION = "How many legs has a spider?";
  private static final int WARM_UP_SECONDS = 10;
  private static final double[] QUANTILES = {0.5, 0.9, 0.99};
  private static final List<String> TARGETS = List.of("60", "", "200");

  @Option(names = "--rate", description = "requests a second; default ${DEFAULT-VALUE}")
  private int rate = 50;

  @Option(names = "--seconds", description = "how long; default ${DEFAULT-VALUE}")
  private int seconds = 30;

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private GatewayBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new GatewayBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    try (Workplace workplace = Workplace.create()) {
      Path answers = workplace.resolve("recorded.jsonl");
      Files.writeString(answers, "{\"question\": \"%s\", \"text\": \" Eight.\"}\n".formatted(QUESTION));
      List<String> options = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
      try (Stack stack = Stack.embedded(workplace.resolve("stack"), StackOptions.defaults())) {
        stack.ensureCatalogue();
        Registries.registerSchemas(Registries.connect(stack.settings().registryUrl()));
        try (Service workers =
                Service.workers(
                    stack.settings(), workplace.directory(), "recorded", options, 32, Duration.ofSeconds(30), -1, Map.of(MODEL, answers));
            Gateway gateway = Gateway.start(stack.settings(), GatewayOptions.onPort(0, Site::typeOf));
            HttpClient http = HttpClient.newHttpClient()) {
          workers.awaitReady();
          HttpRequest request =
              HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/completions"))
                  .POST(HttpRequest.BodyPublishers.ofString("{\"model\": \"%s\", \"prompt\": \"%s\"}".formatted(MODEL, QUESTION)))
                  .build();
          if (!Await.until(Duration.ofMinutes(1), () -> status(http, request) == 200)) {
            throw new IllegalStateException("no answer within a minute; the worker's last lines: " + workers.log());
          }
          send(http, request, rate * WARM_UP_SECONDS);
          Map<String, ProcessHandle> processes = new LinkedHashMap<>();
          processes.put("broker", stack.broker().orElseThrow().process());
          processes.put("worker", workers.process());
          processes.put("gateway and clients", ProcessHandle.current());
          Map<String, Duration> before = Load.cpu(processes);
          double[] millis = send(http, request, rate * seconds);
          Map<String, Duration> after = Load.cpu(processes);
          report(millis, before, after);
        }
      }
    }
    return 0;
  }

  private void report(double[] millis, Map<String, Duration> before, Map<String, Duration> after) throws IOException {
    Arrays.sort(millis);
    Report report = new Report("gateway");
    report.figure("requests", millis.length, "at %d a second".formatted(rate));
    for (int i = 0; i < QUANTILES.length; i++) {
      int at = (int) Math.ceil(QUANTILES[i] * millis.length) - 1;
      report.figure("request due → answer, p%.0f".formatted(QUANTILES[i] * 100), millis[at], "ms", TARGETS.get(i));
    }
    report.figure("most", millis[millis.length - 1], "ms");
    before.forEach(
        (process, used) ->
            report.figure("computing a request: " + process, after.get(process).minus(used).toNanos() / 1e6 / millis.length, "ms"));
    report.figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
  }

  /** Milliseconds from when each request was due until its answer. */
  private double[] send(HttpClient http, HttpRequest request, int count) {
    long between = Duration.ofSeconds(1).toNanos() / rate;
    long begin = System.nanoTime();
    List<CompletableFuture<Double>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long due = begin + i * between;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      answers.add(
          http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
              .thenApply(
                  response -> {
                    if (response.statusCode() != 200) {
                      throw new IllegalStateException("got status %d: %s".formatted(response.statusCode(), response.body()));
                    }
                    return (System.nanoTime() - due) / 1e6;
                  }));
    }
    return answers.stream().mapToDouble(CompletableFuture::join).toArray();
  }

  private static int status(HttpClient http, HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
