package dev.assay.cli.operations;

import dev.assay.topology.StreamsService;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import org.apache.kafka.streams.KafkaStreams;

/**
 * A stream stage's meters: whether it is at work, whether a thread has failed, and all that Kafka Streams and its clients count, as
 * {@code kafka_stream_…}, {@code kafka_consumer_…} and {@code kafka_producer_…}.
 *
 * @param stage its name, such as {@code ballot}
 * @param service the stage
 */
public record StreamsBinder(String stage, StreamsService service) implements MeterBinder {

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("assay.stage.running", service, running -> running.state() == KafkaStreams.State.RUNNING ? 1 : 0)
        .description("1 while the stage is at work, 0 while it starts, is rebalanced or has stopped")
        .tag("stage", stage)
        .register(registry);
    Gauge.builder("assay.stage.failed", service, running -> running.failure() == null ? 0 : 1)
        .description("1 when a thread of the stage has failed since it began; it was replaced, unless the stage has stopped")
        .tag("stage", stage)
        .register(registry);
    new KafkaStreamsMetrics(service.streams(), Tags.of("stage", stage)).bindTo(registry);
  }
}
