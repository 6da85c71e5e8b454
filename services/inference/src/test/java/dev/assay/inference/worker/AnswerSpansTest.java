package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Answering.Answered;
import dev.assay.inference.worker.Answering.Queued;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Request;
import dev.assay.records.Text;
import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class AnswerSpansTest {

  private static final String SENDER = "00f067aa0ba902b7";
  private static final long QUEUED_MICROS = 2_000;
  private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final AnswerSpans made = new AnswerSpans(provider.get("test"));
  private final Headers carrier = new RecordHeaders();

  @Test
  void answer_isASpanFromItsDelivery_withTheModelsWorkWithin_andCarriesItOn() {
    AnswerSpans.end(made.begin(delivery(traced()), answered(new Text("x", null, Finish.END, List.of(), List.of())), carrier), true);

    SpanData work = spans.getFinishedSpanItems().get(0);
    SpanData way = spans.getFinishedSpanItems().get(1);
    assertThat(way.getName()).isEqualTo("process assay.requests.m");
    assertThat(way.getParentSpanId()).isEqualTo(SENDER);
    assertThat(work.getName()).isEqualTo("score m");
    assertThat(work.getParentSpanId()).isEqualTo(way.getSpanId());
    assertThat(work.getStartEpochNanos() - way.getStartEpochNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(QUEUED_MICROS));
    assertThat(work.getEndEpochNanos() - way.getStartEpochNanos()).isGreaterThanOrEqualTo(HELD_NANOS);
    assertThat(work.getAttributes().get(AttributeKey.longKey("gen_ai.usage.input_tokens"))).isEqualTo(100);
    assertThat(work.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens"))).isEqualTo(7);
    assertThat(work.getAttributes().get(AttributeKey.stringKey("assay.checkpoint"))).isEqualTo("c1");
    assertThat(work.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(Span.fromContext(TraceHeaders.read(carrier)).getSpanContext().getSpanId()).isEqualTo(way.getSpanId());
  }

  @Test
  void failures_andAnswersThatWereNotSent_areErrors() {
    AnswerSpans.end(made.begin(delivery(traced()), answered(new Failure("no")), carrier), false);

    assertThat(spans.getFinishedSpanItems()).extracting(span -> span.getStatus().getStatusCode()).containsOnly(StatusCode.ERROR);
    assertThat(spans.getFinishedSpanItems().getFirst().getStatus().getDescription()).isEqualTo("no");
  }

  @Test
  void requestWithoutATrace_makesNoSpan_andNoHeader() {
    AnswerSpans.end(made.begin(delivery(new RecordHeaders()), answered(new Failure("no")), carrier), true);

    assertThat(spans.getFinishedSpanItems()).isEmpty();
    assertThat(carrier).isEmpty();
  }

  private static Delivery delivery(Headers headers) {
    ConsumerRecord<byte[], byte[]> source = new ConsumerRecord<>("assay.requests.m", 0, 3, new byte[0], new byte[0]);
    headers.forEach(source.headers()::add);
    return new Delivery(source, System.nanoTime() - HELD_NANOS);
  }

  private static Headers traced() {
    return new RecordHeaders().add("traceparent", ("00-4bf92f3577b34da6a3ce929d0e0e4736-" + SENDER + "-01").getBytes(StandardCharsets.UTF_8));
  }

  private static Answered answered(Object outcome) {
    Request request = WorkerBench.questions("m", 0, 1).getFirst();
    Answer answer =
        new Answer(request.getId(), "m", "c1", "w", request.getEnvelope(), outcome, 100L, 60L, 7L, QUEUED_MICROS, 700L, Instant.EPOCH, 0L, null);
    return new Answered(new Queued(request, new ModelCard("m", "c1", "recorded", 0, 0), 0), answer);
  }
}
