package dev.assay.platform;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The traces of a process, where the environment says whither: {@code OTEL_EXPORTER_OTLP_ENDPOINT} and the other variables that
 * OpenTelemetry's specification names. Without it nothing of the SDK is loaded, and no record has a header more.
 *
 * <p>Spans go out from a queue of their own, by a thread of its own; when nobody takes them they are dropped, and nothing waits for them.
 */
public final class Tracing implements AutoCloseable {

  /** Any of these switches traces on. */
  private static final List<String> ENDPOINTS = List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  private static final String DISABLED = "OTEL_SDK_DISABLED";
  private static final long LAST_SECONDS = 2;

  private static volatile boolean on;

  private final @Nullable Running running;

  /** Apart, so that its class is not loaded where traces are off. */
  private record Running(OpenTelemetrySdk sdk) {
    static Running of(Map<String, String> standard) {
      // What the SDK has to say, such as that nobody takes its spans, belongs into the log, not on the terminal.
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder().addPropertiesSupplier(() -> standard).disableShutdownHook().build().getOpenTelemetrySdk();
      GlobalOpenTelemetry.set(sdk);
      return new Running(sdk);
    }

    void close() {
      var _ = sdk.getSdkTracerProvider().shutdown().join(LAST_SECONDS, TimeUnit.SECONDS);
    }
  }

  private Tracing(@Nullable Running running) {
    this.running = running;
  }

  /**
   * Begins with what the environment says; once in a process, before its first Kafka client.
   *
   * @param service what the process calls itself unless {@code OTEL_SERVICE_NAME} says otherwise
   * @throws RuntimeException when a variable has a value that it cannot have; the message names it
   */
  public static Tracing ofEnvironment(String service) {
    Map<String, String> environment = System.getenv();
    boolean asked = ENDPOINTS.stream().anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
    boolean disabled = Boolean.parseBoolean(environment.getOrDefault(DISABLED, "false").strip());
    return asked && !disabled ? start(service, Map.of()) : off();
  }

  /** No traces. */
  public static Tracing off() {
    return new Tracing(null);
  }

  /**
   * Begins whatever the environment says.
   *
   * @param settings settings by the names of their system properties, such as {@code otel.exporter.otlp.endpoint}; the environment and the
   *     system's properties go before them
   */
  public static Tracing start(String service, Map<String, String> settings) {
    Map<String, String> standard = new HashMap<>();
    standard.put("otel.service.name", service);
    // The sender over the JDK's client speaks no other.
    standard.put("otel.exporter.otlp.protocol", "http/protobuf");
    // Prometheus reads the meters, and the console has the log.
    standard.put("otel.metrics.exporter", "none");
    standard.put("otel.logs.exporter", "none");
    standard.putAll(settings);
    Tracing tracing = new Tracing(Running.of(standard));
    on = true;
    return tracing;
  }

  /** Whether spans are made. */
  public static boolean isOn() {
    return on;
  }

  /** Lets a producer make a span of each record that begins its way. */
  static void onProducer(Properties settings) {
    if (on) {
      settings.put(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, SendSpans.class.getName());
    }
  }

  /** Lets a Streams service make a span of each record that it processes. */
  static void onStreams(Properties settings) {
    if (on) {
      settings.put(StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG, ProcessSpans.class.getName());
    }
  }

  /** Sends the last spans, for two seconds at most. Whoever calls it beside another waits for the other. */
  @Override
  public synchronized void close() {
    on = false;
    if (running != null) {
      running.close();
    }
  }
}
