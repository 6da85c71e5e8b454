package dev.assay.cli.stack;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Answer;
import dev.assay.records.Envelope;
import dev.assay.records.Prompt;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Arrival;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Answer> answers;

  /** The dead letters of a cluster. */
  public DeadLetterLog(KafkaSettings settings, SchemaRegistryClient registry) {
    this.settings = settings;
    this.prompts = RecordCodec.of(registry, Prompt.class);
    this.answers = RecordCodec.of(registry, Answer.class);
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
      TopicScan.records(consumer, Topics.DEAD_LETTERS, found -> letters.add(letter(found)));
    }
    return List.copyOf(letters);
  }

  /**
   * Hands dead letters to the stages again and waits until the broker has them. What one model failed at goes back to the start as its
   * prompt, for that model alone; anything else is produced to its topic again, byte for byte.
   *
   * @throws CommandFailure when the record that is needed no longer lies where it lay
   */
  public void retry(List<Letter> letters) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings.producer("assay-retry"), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Letter letter : letters) {
        producer.send(again(letter)).get();
      }
    } catch (ExecutionException e) {
      throw new CommandFailure("the broker did not take a record again: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while dead letters were produced again", e);
    }
  }

  private ProducerRecord<byte[], byte[]> again(Letter letter) {
    String topic = letter.about().topic();
    String model = letter.about().model();
    byte[] value = letter.isCut() ? whole(letter.id(), topic, letter.about().partition(), letter.about().offset()) : letter.value();
    if (model.isEmpty() || value == null) {
      return new ProducerRecord<>(topic, letter.key(), value);
    }
    return switch (topic) {
      case Topics.PROMPTS -> new ProducerRecord<>(topic, letter.key(), askedOf(model, value));
      case Topics.ANSWERS -> {
        Envelope envelope = answers.decode(value).getEnvelope();
        byte[] prompt = whole(letter.id(), Topics.PROMPTS, envelope.getPartition(), envelope.getOffset());
        yield new ProducerRecord<>(Topics.PROMPTS, envelope.getPrompt().getBytes(StandardCharsets.UTF_8), askedOf(model, prompt));
      }
      default -> new ProducerRecord<>(topic, letter.key(), value);
    };
  }

  private byte[] askedOf(String model, byte[] prompt) {
    return prompts.encode(Topics.PROMPTS, Prompt.newBuilder(prompts.decode(prompt)).setModels(List.of(model)).build());
  }

  private byte[] whole(String id, String topic, int partition, long offset) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("assay-original")) {
      TopicPartition place = new TopicPartition(topic, partition);
      consumer.assign(List.of(place));
      consumer.seek(place, offset);
      long deadline = System.nanoTime() + FETCH_LIMIT.toNanos();
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(A_MOMENT).records(place)) {
          if (found.offset() == offset && found.value() != null) {
            return found.value();
          }
        }
      }
    }
    throw new CommandFailure(
        "dead letter %s needs the record at %s/%d/%d, which is no longer there; produce its prompt anew".formatted(id, topic, partition, offset));
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
