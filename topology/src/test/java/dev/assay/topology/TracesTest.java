package dev.assay.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.platform.ProcessSpans;
import dev.assay.records.Answer;
import dev.assay.records.MetricRow;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.TraceHeaders;
import dev.assay.topology.ballot.Ballot;
import dev.assay.topology.intake.Intake;
import dev.assay.topology.tables.Tables;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A trace's way through the stages, by the headers of their records. */
final class TracesTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SENDER = "00f067aa0ba902b7";

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();

  @BeforeEach
  void switchOn() {
    GlobalOpenTelemetry.resetForTest();
    GlobalOpenTelemetry.set(
        OpenTelemetrySdk.builder().setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build()).build());
  }

  @AfterEach
  void switchOff() {
    GlobalOpenTelemetry.resetForTest();
  }

  private static TopologyConfig wrapping() {
    return new TopologyConfig(
        new StreamsConfig(
            Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG, "stage",
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092",
                StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG, ProcessSpans.class.getName())));
  }

  @Test
  void intake_asksEachModelWithinTheTraceOfThePrompt() {
    try (Stage stage = new Stage(new Intake(registry, List.of()).topology(wrapping()), registry)) {
      stage.send(Topics.MODELS, "m1", Records.model("m1"));
      stage.send(Topics.MODELS, "m2", Records.model("m2"));
      stage.send(Topics.PROMPTS, traced("p1", Records.prompt(Records.choice().build()).setModels(List.of("m1", "m2")).build()));

      SpanData span = onlySpan("process assay.prompts");
      assertThat(span.getParentSpanId()).isEqualTo(SENDER);
      assertThat(span.getKind()).isEqualTo(SpanKind.CONSUMER);
      for (String model : List.of("m1", "m2")) {
        assertThat(stage.read(Topics.requests(model))).singleElement().satisfies(request -> assertFollows(request, span));
      }
    }
  }

  @Test
  void ballot_judgesWithinTheTraceOfTheAnswer_andKeepsNothingOfIt() {
    try (Stage stage = new Stage(new Ballot(registry).topology(wrapping()), registry)) {
      stage.send(Topics.ANSWERS, traced("p1", answer()));

      SpanData span = onlySpan("process assay.answers");
      assertThat(span.getParentSpanId()).isEqualTo(SENDER);
      assertThat(stage.read(Topics.VERDICTS)).singleElement().satisfies(verdict -> assertFollows(verdict, span));
      assertThat(stage.read("stage-standing-changelog")).singleElement().satisfies(kept -> assertThat(kept.headers()).isEmpty());
    }
  }

  @Test
  void tables_countWithinTheTraceOfTheVerdict_andTheirRowsAreOfNoTrace() {
    byte[] verdict;
    try (Stage stage = new Stage(new Ballot(registry).topology(), registry)) {
      stage.send(Topics.ANSWERS, "p1", answer());
      verdict = stage.read(Topics.VERDICTS).getFirst().value();
    }
    try (Stage stage = new Stage(new Tables(registry, List.of()).topology(wrapping()), registry)) {
      stage.send(Topics.VERDICTS, new TestRecord<>(utf8("p1"), verdict, traced(), Stage.START));
      stage.pass(Tables.DEFAULT_TICK.multipliedBy(2));
      stage.pass(Duration.ofSeconds(1));

      assertThat(onlySpan("process assay.verdicts").getParentSpanId()).isEqualTo(SENDER);
      List<TestRecord<byte[], byte[]>> rows = stage.read(Topics.METRICS);
      assertThat(rows).isNotEmpty().allSatisfy(row -> assertThat(row.headers()).isEmpty());
      assertThat(RecordCodec.of(registry, MetricRow.class).decode(rows.getFirst().value()).getRun()).isEqualTo("r1");
    }
  }

  @Test
  void recordWithoutATrace_makesNone() {
    try (Stage stage = new Stage(new Ballot(registry).topology(wrapping()), registry)) {
      stage.send(Topics.ANSWERS, "p1", answer());

      assertThat(stage.read(Topics.VERDICTS)).singleElement().satisfies(verdict -> assertThat(verdict.headers()).isEmpty());
      assertThat(spans.getFinishedSpanItems()).isEmpty();
    }
  }

  @Test
  void deadLetter_keepsTheTrace_besideWhyItIsOne() {
    try (Stage stage = new Stage(new Ballot(registry).topology(wrapping()), registry)) {
      stage.send(Topics.ANSWERS, new TestRecord<>(utf8("p1"), utf8("no answer"), traced(), Stage.START));

      List<TestRecord<byte[], byte[]>> letters = stage.read(Topics.DEAD_LETTERS);
      assertThat(letters).singleElement().satisfies(letter -> assertFollows(letter, onlySpan("process assay.answers")));
      assertThat(letters.getFirst().headers().lastHeader("traceparent")).isNotNull();
    }
  }

  private Answer answer() {
    return Records.answer(Records.envelope("r1", "p1", Records.gold(3, 1)), "m1", Records.votes(new double[] {-2, -0.5, -3}), 10);
  }

  private SpanData onlySpan(String name) {
    assertThat(spans.getFinishedSpanItems()).extracting(SpanData::getName).containsExactly(name);
    return spans.getFinishedSpanItems().getFirst();
  }

  private static void assertFollows(TestRecord<byte[], byte[]> record, SpanData span) {
    SpanContext found = Span.fromContext(TraceHeaders.read(record.headers())).getSpanContext();
    assertThat(found.getTraceId()).isEqualTo(TRACE);
    assertThat(found.getSpanId()).isEqualTo(span.getSpanId());
  }

  private <T extends SpecificRecord> TestRecord<byte[], byte[]> traced(String key, T value) {
    @SuppressWarnings("unchecked")
    RecordCodec<T> codec = RecordCodec.of(registry, (Class<T>) value.getClass());
    return new TestRecord<>(utf8(key), codec.encode(Topics.PROMPTS, value), traced(), Stage.START);
  }

  private static Headers traced() {
    return new RecordHeaders().add("traceparent", utf8("00-" + TRACE + "-" + SENDER + "-01"));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
