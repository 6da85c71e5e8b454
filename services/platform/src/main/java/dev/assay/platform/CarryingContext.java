package dev.assay.platform;

import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.io.File;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** A processor's context that gives each record which is forwarded the current span to carry, and is the same in all else. */
final class CarryingContext<K, V> implements ProcessorContext<K, V> {

  private final ProcessorContext<K, V> context;

  CarryingContext(ProcessorContext<K, V> context) {
    this.context = context;
  }

  @Override
  public <K1 extends K, V1 extends V> void forward(Record<K1, V1> record) {
    context.forward(carrying(record));
  }

  @Override
  public <K1 extends K, V1 extends V> void forward(Record<K1, V1> record, String child) {
    context.forward(carrying(record), child);
  }

  private static <K, V> Record<K, V> carrying(Record<K, V> record) {
    Context now = Context.current();
    if (!Span.fromContext(now).getSpanContext().isValid()) {
      return record;
    }
    Headers headers = new RecordHeaders(record.headers());
    TraceHeaders.write(now, headers);
    return record.withHeaders(headers);
  }

  @Override
  public String applicationId() {
    return context.applicationId();
  }

  @Override
  public TaskId taskId() {
    return context.taskId();
  }

  @Override
  public Optional<RecordMetadata> recordMetadata() {
    return context.recordMetadata();
  }

  @Override
  public Serde<?> keySerde() {
    return context.keySerde();
  }

  @Override
  public Serde<?> valueSerde() {
    return context.valueSerde();
  }

  @Override
  public File stateDir() {
    return context.stateDir();
  }

  @Override
  public StreamsMetrics metrics() {
    return context.metrics();
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals")
  public <S extends StateStore> S getStateStore(String name) {
    return context.getStateStore(name);
  }

  @Override
  public Cancellable schedule(Duration interval, PunctuationType type, Punctuator callback) {
    return context.schedule(interval, type, callback);
  }

  @Override
  public Cancellable schedule(Instant begin, Duration interval, PunctuationType type, Punctuator callback) {
    return context.schedule(begin, interval, type, callback);
  }

  @Override
  public void commit() {
    context.commit();
  }

  @Override
  public Map<String, Object> appConfigs() {
    return context.appConfigs();
  }

  @Override
  public Map<String, Object> appConfigsWithPrefix(String prefix) {
    return context.appConfigsWithPrefix(prefix);
  }

  @Override
  public long currentSystemTimeMs() {
    return context.currentSystemTimeMs();
  }

  @Override
  public long currentStreamTimeMs() {
    return context.currentStreamTimeMs();
  }
}
