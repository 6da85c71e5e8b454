package dev.assay.cli.stack;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.Topics;
import dev.assay.topology.Arrival;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** What the stages gave up. */
public final class DeadLetterLog {

  private static final Duration A_MOMENT = Duration.ofMillis(100);
  private static final Duration FETCH_LIMIT = Duration.ofSeconds(10);

  private final KafkaSettings settings;

  /** The dead letters of a cluster. */
  public DeadLetterLog(KafkaSettings settings) {
    this.settings = settings;
  }

  /**
   * A dead letter as it lies in its topic.
   *
   * @param kept the record
   * @param about where the original came from and why it was given up
   */
  public record Letter(ConsumerRecord<byte[], byte[]> kept, DeadLetter about) {

    /** What people call it: partition and offset. */
    public String id() {
      return kept.partition() + "-" + kept.offset();
    }

    /** When it was given up. */
    public Instant at() {
      return Instant.ofEpochMilli(kept.timestamp());
    }

    /** The original key. */
    public byte @Nullable [] key() {
      return kept.key();
    }

    /** The original bytes, or the first of them where the original was too large. */
    public byte @Nullable [] value() {
      return kept.value();
    }

    /** Where the original record lies. */
    public String origin() {
      return about.topic() + "/" + about.partition() + "/" + about.offset();
    }

    boolean isCut() {
      return kept.value() != null && kept.value().length >= Arrival.LARGEST_VALUE;
    }
  }

  /** All dead letters, in the order in which they were given up. */
  public List<Letter> read() {
    List<Letter> letters = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("assay-dead-letters")) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.DEAD_LETTERS).stream()
              .map(info -> new TopicPartition(Topics.DEAD_LETTERS, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(A_MOMENT).forEach(found -> letters.add(letter(found)));
      }
    }
    return List.copyOf(letters);
  }

  /**
   * Produces the original bytes to the original topic again, under their key, and waits until the broker has them.
   *
   * @throws CommandFailure when the original is cut in the dead letter and no longer where it lay
   */
  public void retry(List<Letter> letters) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings.producer("assay-retry"), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Letter letter : letters) {
        byte[] value = letter.isCut() ? original(letter) : letter.value();
        producer.send(new ProducerRecord<>(letter.about().topic(), letter.key(), value)).get();
      }
    } catch (ExecutionException e) {
      throw new CommandFailure("the broker did not take a record again: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while dead letters were produced again", e);
    }
  }

  private byte @Nullable [] original(Letter letter) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("assay-original")) {
      TopicPartition partition = new TopicPartition(letter.about().topic(), letter.about().partition());
      consumer.assign(List.of(partition));
      consumer.seek(partition, letter.about().offset());
      long deadline = System.nanoTime() + FETCH_LIMIT.toNanos();
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(A_MOMENT).records(partition)) {
          if (found.offset() == letter.about().offset()) {
            return found.value();
          }
        }
      }
    }
    throw new CommandFailure(
        "dead letter %s holds only the first %d bytes, and the whole record is no longer at %s; produce it anew"
            .formatted(letter.id(), Arrival.LARGEST_VALUE, letter.origin()));
  }

  private KafkaConsumer<byte[], byte[]> consumer(String clientId) {
    return new KafkaConsumer<>(settings.reader(clientId), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static Letter letter(ConsumerRecord<byte[], byte[]> found) {
    DeadLetter about = DeadLetter.read(found.headers());
    DeadLetter known =
        about == null
            ? new DeadLetter("", -1, -1, "unknown", "the record has no dead-letter headers: another program put it here", "", "", "")
            : about;
    return new Letter(found, known);
  }
}
