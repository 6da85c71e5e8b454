package dev.assay.platform;

import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.ProcessorWrapper;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.processor.api.WrappedFixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.WrappedProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Makes a span of each record with a trace that a stage takes from a topic, and lets what the stage forwards for it carry the span on. What it
 * forwards later, when a time is up or a model has come, follows from no record, and belongs to no trace.
 *
 * <p>Streams wraps every processor of a topology in it. The headers are given to forwarded records only: what a stage keeps is the same with
 * traces and without.
 */
public final class ProcessSpans implements ProcessorWrapper {

  /** What comes back from a topic of the stage's own is on the way still. */
  private static final String WITHIN = "-repartition";

  @Override
  public <KIn, VIn, KOut, VOut> WrappedProcessorSupplier<KIn, VIn, KOut, VOut> wrapProcessorSupplier(
      String name, ProcessorSupplier<KIn, VIn, KOut, VOut> supplier) {
    return ProcessorWrapper.asWrapped(
        new ProcessorSupplier<>() {
          @Override
          public Processor<KIn, VIn, KOut, VOut> get() {
            return new Traced<>(supplier.get());
          }

          @Override
          public Set<StoreBuilder<?>> stores() {
            return supplier.stores();
          }
        });
  }

  @Override
  public <KIn, VIn, VOut> WrappedFixedKeyProcessorSupplier<KIn, VIn, VOut> wrapFixedKeyProcessorSupplier(
      String name, FixedKeyProcessorSupplier<KIn, VIn, VOut> supplier) {
    // Such a processor hands the headers on by itself, and no stage begins with one.
    return ProcessorWrapper.asWrappedFixedKey(supplier);
  }

  private static final class Traced<KIn, VIn, KOut, VOut> implements Processor<KIn, VIn, KOut, VOut> {
    private final Processor<KIn, VIn, KOut, VOut> processor;
    private ProcessorContext<KOut, VOut> context;
    private Tracer tracer;

    Traced(Processor<KIn, VIn, KOut, VOut> processor) {
      this.processor = processor;
    }

    @Override
    public void init(ProcessorContext<KOut, VOut> context) {
      this.context = context;
      this.tracer = GlobalOpenTelemetry.getOrNoop().getTracer(context.applicationId());
      processor.init(new CarryingContext<>(context));
    }

    @Override
    public void process(Record<KIn, VIn> record) {
      if (Span.current().getSpanContext().isValid()) {
        // The processor before this one has begun the span.
        processor.process(record);
        return;
      }
      Context parent = TraceHeaders.read(record.headers());
      RecordMetadata place = context.recordMetadata().orElse(null);
      if (place == null || place.topic().endsWith(WITHIN) || !Span.fromContext(parent).getSpanContext().isValid()) {
        processor.process(record);
        return;
      }
      Span span = begin(parent, place);
      try (Scope _ = parent.with(span).makeCurrent()) {
        processor.process(record);
      } catch (RuntimeException e) {
        span.setStatus(StatusCode.ERROR).setAttribute(MessagingNames.ERROR_TYPE, e.getClass().getName());
        throw e;
      } finally {
        span.end();
      }
    }

    private Span begin(Context parent, RecordMetadata place) {
      return tracer
          .spanBuilder("process " + place.topic())
          .setParent(parent)
          .setSpanKind(SpanKind.CONSUMER)
          .setAttribute(MessagingNames.SYSTEM, MessagingNames.KAFKA)
          .setAttribute(MessagingNames.OPERATION, "process")
          .setAttribute(MessagingNames.OPERATION_TYPE, "process")
          .setAttribute(MessagingNames.DESTINATION, place.topic())
          .setAttribute(MessagingNames.PARTITION, Integer.toString(place.partition()))
          .setAttribute(MessagingNames.OFFSET, place.offset())
          .setAttribute(MessagingNames.GROUP, context.applicationId())
          .startSpan();
    }

    @Override
    public void close() {
      processor.close();
    }
  }
}
