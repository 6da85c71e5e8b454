package dev.assay.inference.worker;

import dev.assay.inference.worker.Delivery.Place;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that the share group has leased to this worker: taken, renewed, and given back with an acknowledgement (KIP-932,
 * KIP-1222). For one thread.
 *
 * <p>A lease can end behind the worker's back: the broker restarts, or a renewal comes too late. Such a record is forgotten here, since
 * the client refuses its acknowledgement, and the group delivers it again.
 */
final class Leases implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final KafkaShareConsumer<byte[], byte[]> consumer;
  private final Duration patience;
  private final Tally tally;
  private final Map<Place, ConsumerRecord<byte[], byte[]>> held = new LinkedHashMap<>();

  private Leases(KafkaShareConsumer<byte[], byte[]> consumer, Duration patience, Tally tally) {
    this.consumer = consumer;
    this.patience = patience;
    this.tally = tally;
  }

  /**
   * Joins the group.
   *
   * @param patience the longest that a renewal or an acknowledgement waits for the broker
   */
  static Leases join(
      Map<String, Object> kafka, String group, String topic, WorkerSettings settings, Duration patience, Tally tally) {
    Map<String, Object> config = new LinkedHashMap<>(kafka);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, settings.workerId());
    config.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    // Otherwise the broker hands out whole producer batches, and one worker hoards what another could compute.
    config.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.maxBatch());
    var consumer = new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    Leases leases = new Leases(consumer, patience, tally);
    consumer.setAcknowledgementCommitCallback(leases::onAcknowledged);
    consumer.subscribe(List.of(topic));
    return leases;
  }

  /** Takes what is there, waiting at most {@code wait} for the first record; acknowledgements not yet sent go with it. */
  List<Delivery> take(Duration wait) {
    ConsumerRecords<byte[], byte[]> records = consumer.poll(wait);
    long now = System.nanoTime();
    return StreamSupport.stream(records.spliterator(), false)
        .map(
            source -> {
              held.put(Place.of(source), source);
              return new Delivery(source, now);
            })
        .toList();
  }

  /** Renews the lease of every record held; those whose lease had ended are forgotten. */
  void renew() {
    if (held.isEmpty()) {
      return;
    }
    held.values().forEach(source -> consumer.acknowledge(source, AcknowledgeType.RENEW));
    consumer.commitSync(patience).forEach(
        (partition, failure) -> failure.ifPresent(cause -> held.keySet().removeIf(at(partition.topicPartition()))));
    if (held.isEmpty()) {
      return;
    }
    // The client hands renewed records out once more, and only then lets them be acknowledged.
    Set<Place> renewed = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> source : consumer.poll(patience)) {
      Place place = Place.of(source);
      if (held.containsKey(place)) {
        renewed.add(place);
      } else {
        consumer.acknowledge(source, AcknowledgeType.RELEASE);
      }
    }
    held.keySet().retainAll(renewed);
    tally.leaseRenewals.add(held.size());
  }

  /** Acknowledges records; those whose lease has ended are passed over. Sent by the next {@link #take} or {@link #flush}. */
  void settle(Delivery delivery, AcknowledgeType type) {
    ConsumerRecord<byte[], byte[]> source = held.remove(delivery.place());
    if (source != null) {
      consumer.acknowledge(source, type);
    }
  }

  /** Sends the acknowledgements that wait and hears what became of them. */
  void flush() {
    consumer.commitSync(patience);
  }

  /** Gives back what is still held, so that another worker need not wait for the leases to end, and leaves the group. */
  @Override
  public void close() {
    try {
      held.values().forEach(source -> consumer.acknowledge(source, AcknowledgeType.RELEASE));
      held.clear();
      consumer.commitSync(patience);
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("Could not give records back; the group delivers them again when their leases end.", e);
    } finally {
      consumer.close(CLOSE_TIMEOUT);
    }
  }

  private void onAcknowledged(Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception failure) {
    if (failure == null) {
      return;
    }
    offsets.forEach(
        (partition, lost) -> {
          tally.leasesLost.add(lost.size());
          LOG.warn(
              "The broker does not take the acknowledgement of {} records of {} from offset {} on; the group delivers them again: {}",
              lost.size(),
              partition.topicPartition(),
              lost.stream().mapToLong(Long::longValue).min().orElse(-1),
              failure.toString());
        });
  }

  private static Predicate<Place> at(TopicPartition partition) {
    return place -> place.partition().equals(partition);
  }
}
