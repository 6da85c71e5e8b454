package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.schemas.Topics;
import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class TracingTest {

  private static final KafkaSettings SETTINGS = new KafkaSettings("broker:9092", "http://registry", Path.of("state"));

  @AfterEach
  void reset() {
    GlobalOpenTelemetry.resetForTest();
  }

  @Test
  void unasked_isOff_andChangesNoClient() {
    // The environment of a build asks for none.
    try (Tracing _ = Tracing.ofEnvironment("test")) {
      assertThat(Tracing.isOn()).isFalse();
      assertThat(GlobalOpenTelemetry.isSet()).isFalse();
      assertThat(SETTINGS.producer("p")).doesNotContainKey(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG);
      assertThat(SETTINGS.streams("a", "c", Duration.ofMillis(20), 1)).doesNotContainKey(StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG);
    }
  }

  @Test
  @Timeout(20)
  void collectorThatNeverAnswers_holdsNothingUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Map<String, String> settings = Map.of("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + silent.getLocalPort(), "otel.bsp.schedule.delay", "1ms");
      long begun;
      try (Tracing _ = Tracing.start("test", settings);
          SendSpans sending = new SendSpans()) {
        assertThat(SETTINGS.producer("p")).containsEntry(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, SendSpans.class.getName());
        for (int i = 0; i < 10_000; i++) {
          sending.onSend(new ProducerRecord<>(Topics.PROMPTS, "value"));
        }
        begun = System.nanoTime();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
      assertThat(Tracing.isOn()).isFalse();
    }
  }

  @Test
  void records_thatBeginTheirWay_followFromWhatTheThreadDoes_andOthersPass() {
    try (Tracing _ = Tracing.start("test", Map.of("otel.traces.sampler", "always_off"));
        SendSpans sending = new SendSpans()) {
      Span request = GlobalOpenTelemetry.get().getTracer("test").spanBuilder("request").startSpan();
      try (Scope _ = request.makeCurrent()) {
        Span sent = follows(sending, Topics.requests("m"));
        assertThat(sent.getSpanContext().getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
        assertThat(sent.getSpanContext().getSpanId()).isNotEqualTo(request.getSpanContext().getSpanId());
        assertThat(follows(sending, Topics.METRICS).getSpanContext().isValid()).isFalse();
      }
      assertThat(follows(sending, Topics.PROMPTS).getSpanContext().getTraceId())
          .isNotEqualTo(follows(sending, Topics.PROMPTS).getSpanContext().getTraceId());
    }
  }

  @Test
  void settingsThatCannotBe_areRefusedByName() {
    assertThatThrownBy(() -> Tracing.start("test", Map.of("otel.traces.sampler", "sometimes"))).hasMessageContaining("sometimes");
    assertThat(Tracing.isOn()).isFalse();
  }

  private static Span follows(SendSpans sending, String topic) {
    return Span.fromContext(TraceHeaders.read(sending.onSend(new ProducerRecord<>(topic, "value")).headers()));
  }
}
