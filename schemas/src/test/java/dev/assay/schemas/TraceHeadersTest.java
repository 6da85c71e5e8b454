package dev.assay.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceHeadersTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String FIRST = "00f067aa0ba902b7";
  private static final String SECOND = "53995c3f42cd8ad8";

  private final Headers headers = new RecordHeaders();

  @Test
  void written_isTheLastThatWasSaid_inW3CsForm() {
    TraceHeaders.write(context(FIRST), headers);
    TraceHeaders.write(context(SECOND), headers);

    assertThat(headers.toArray()).extracting(Header::key).containsExactly("traceparent");
    assertThat(new String(headers.lastHeader("traceparent").value(), StandardCharsets.UTF_8)).isEqualTo("00-" + TRACE + "-" + SECOND + "-01");
    assertThat(Span.fromContext(TraceHeaders.read(headers)).getSpanContext().getSpanId()).isEqualTo(SECOND);
  }

  @Test
  void contextWithoutASpan_writesNothing() {
    TraceHeaders.write(Context.root(), headers);
    assertThat(headers).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f-00f067aa0ba902b7-01"})
  void unreadable_isNoTrace(String written) {
    headers.add("traceparent", written.getBytes(StandardCharsets.UTF_8));
    assertThat(Span.fromContext(TraceHeaders.read(headers)).getSpanContext().isValid()).isFalse();
  }

  @Test
  void headerWithoutAValue_isNoTrace() {
    headers.add("traceparent", null);
    assertThat(Span.fromContext(TraceHeaders.read(headers)).getSpanContext().isValid()).isFalse();
  }

  @Test
  void without_leavesTheOthers_andTheOriginal() {
    CountedMark.write(headers, "replay");
    TraceHeaders.write(context(FIRST), headers);

    Headers rest = TraceHeaders.without(headers);

    assertThat(rest.toArray()).extracting(Header::key).containsExactly("assay.counted-by");
    assertThat(headers.toArray()).hasSize(2);
  }

  private static Context context(String span) {
    return Context.root().with(Span.wrap(SpanContext.create(TRACE, span, TraceFlags.getSampled(), TraceState.getDefault())));
  }
}
