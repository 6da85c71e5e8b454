package dev.assay.inference.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends records until the broker has confirmed each of them. The producer is idempotent; when it gives up, a new one takes over, so
 * that after an outage a record may stand twice but never not at all. For one thread.
 */
final class Outlet implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);
  private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

  /** A closing worker waits this long for a broker that does not answer; the leases then return the requests. */
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(5);

  private static final int MAX_REQUEST_BYTES = 8 * 1024 * 1024;
  private static final long CHECK_MILLIS = 200;

  private final Map<String, Object> config;
  private final BooleanSupplier stopping;
  private final Backoff backoff;
  private final Tally tally;
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  /** A record to be sent, and what to send instead when it is larger than the topic takes. */
  record Parcel(ProducerRecord<byte[], byte[]> record, @Nullable Supplier<ProducerRecord<byte[], byte[]>> instead) {}

  Outlet(Map<String, Object> kafka, String clientId, BooleanSupplier stopping, Tally tally) {
    this.config = new LinkedHashMap<>(kafka);
    config.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // Sending a batch takes about as long: long enough to pack it into few requests, too short to be felt.
    config.put(ProducerConfig.LINGER_MS_CONFIG, 1);
    // The topic decides what is too large, not this client.
    config.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(DELIVERY_TIMEOUT.toMillis()));
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(REQUEST_TIMEOUT.toMillis()));
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, LAST_PATIENCE.toMillis());
    this.stopping = stopping;
    this.backoff = new Backoff(stopping);
    this.tally = tally;
  }

  /**
   * Sends and waits for the broker.
   *
   * @return true when every parcel is confirmed; false when the worker stops before
   */
  boolean send(List<Parcel> parcels) {
    List<Parcel> open = parcels;
    int failures = 0;
    while (true) {
      open = attempt(open);
      if (open.isEmpty()) {
        return true;
      }
      tally.resends.increment();
      failures++;
      if (!backoff.pause(failures)) {
        return false;
      }
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ZERO);
      producer = null;
    }
  }

  /** What must be sent again after this attempt. */
  private List<Parcel> attempt(List<Parcel> parcels) {
    List<Parcel> again = new ArrayList<>();
    List<Future<RecordMetadata>> sent = new ArrayList<>(parcels.size());
    try {
      if (producer == null) {
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
      }
      for (Parcel parcel : parcels) {
        Future<RecordMetadata> future = producer.send(parcel.record());
        sent.add(future);
        if (future.state() == Future.State.FAILED) {
          // It has waited for the topic's metadata or for buffer space, and so would each of the rest.
          break;
        }
      }
      again.addAll(parcels.subList(sent.size(), parcels.size()));
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("Cannot send to {}; the worker goes on trying.", parcels.getFirst().record().topic(), e);
      again.addAll(parcels.subList(sent.size(), parcels.size()));
    }
    for (int i = 0; i < sent.size(); i++) {
      Parcel parcel = parcels.get(i);
      switch (outcome(sent.get(i))) {
        case null -> {}
        case RecordTooLargeException e when parcel.instead() != null -> {
          LOG.warn("A record for {} is too large; its reason is sent instead: {}", parcel.record().topic(), e.getMessage());
          again.add(new Parcel(parcel.instead().get(), null));
        }
        case Throwable e -> {
          if (i == 0) {
            LOG.warn("The broker did not confirm a record for {}; the worker goes on trying.", parcel.record().topic(), e);
          }
          again.add(parcel);
        }
      }
    }
    if (!again.isEmpty()) {
      close();
    }
    return again;
  }

  private @Nullable Throwable outcome(Future<RecordMetadata> sent) {
    long stoppedChecks = 0;
    while (true) {
      try {
        sent.get(CHECK_MILLIS, TimeUnit.MILLISECONDS);
        return null;
      } catch (TimeoutException e) {
        stoppedChecks += stopping.getAsBoolean() ? 1 : 0;
        if (stoppedChecks * CHECK_MILLIS > LAST_PATIENCE.toMillis()) {
          return e;
        }
      } catch (ExecutionException e) {
        return e.getCause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return e;
      }
    }
  }
}
