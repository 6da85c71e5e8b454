package dev.assay.inference.worker;

import dev.assay.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests whose clients have left. To hear of it is worth something and never needed: what is missed is worked on to its end, and nobody
 * reads it.
 */
final class Cancellations implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Cancellations.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEFORE_THE_NEXT_TRY = Duration.ofSeconds(2);

  /** More than all workers of a site have in hand. */
  private static final int MOST_KEPT = 10_000;

  private final Map<String, Object> config;
  private final Set<String> ids =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > MOST_KEPT;
                }
              }));
  private final Thread thread = Thread.ofPlatform().name("assay-cancellations").daemon().unstarted(this::listen);
  private volatile boolean closed;

  private Cancellations(Map<String, Object> kafka, String workerId) {
    this.config = new LinkedHashMap<>(kafka);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, workerId + "-cancellations");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
  }

  /** Begins to listen. */
  static Cancellations listen(Map<String, Object> kafka, String workerId) {
    Cancellations cancellations = new Cancellations(kafka, workerId);
    cancellations.thread.start();
    return cancellations;
  }

  /** Whether the client of a request is known to have left. */
  boolean has(String request) {
    return ids.contains(request);
  }

  private void listen() {
    while (!closed) {
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> places = List.of(new TopicPartition(Topics.CANCELLATIONS, 0));
        consumer.assign(places);
        consumer.seekToEnd(places);
        while (!closed) {
          for (ConsumerRecord<byte[], byte[]> one : consumer.poll(LOOK)) {
            if (one.key() != null) {
              ids.add(new String(one.key(), StandardCharsets.UTF_8));
            }
          }
        }
      } catch (KafkaException e) {
        if (!closed) {
          LOG.warn("Who has left cannot be heard until the next try: {}", e.toString());
          pause();
        }
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(BEFORE_THE_NEXT_TRY);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
