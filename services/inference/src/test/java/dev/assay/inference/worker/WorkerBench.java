package dev.assay.inference.worker;

import dev.assay.platform.KafkaSettings;
import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Model;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Puts requests on a broker and reads what workers made of them. */
final class WorkerBench {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;

  WorkerBench(KafkaSettings settings) {
    this.settings = settings;
    this.registry = Registries.connect(settings.registryUrl());
  }

  SchemaRegistryClient registry() {
    return registry;
  }

  Map<String, Object> kafka() {
    return kafka(settings.bootstrapServers());
  }

  static Map<String, Object> kafka(String bootstrapServers) {
    return Map.of("bootstrap.servers", bootstrapServers, "enable.metrics.push", false);
  }

  /** A question with four options in its published order. */
  static Request question(String model, String prompt) {
    Envelope envelope =
        new Envelope(
            "run-1",
            prompt,
            "task",
            TaskType.KNOWLEDGE,
            Skill.KNOWLEDGE,
            "here:1",
            0,
            0L,
            Instant.EPOCH,
            new ChoiceGold(4, List.of(0), List.of("A", "B", "C", "D"), 1, 0, null),
            List.of(),
            null,
            null);
    Score score =
        new Score(
            "Question " + prompt + "?",
            List.of("one", "two", "three", "four"),
            List.of(new Variant(List.of(0, 1, 2, 3), "Question " + prompt + "?\nAnswer:", List.of(" A", " B", " C", " D"))));
    return new Request("run-1/" + prompt + "/" + model, model, envelope, "", score, Instant.EPOCH, Truncation.REFUSE);
  }

  static List<Request> questions(String model, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> question(model, "p" + i)).toList();
  }

  void send(String topic, List<Request> requests) {
    RecordCodec<Request> codec = RecordCodec.of(registry, Request.class);
    sendBytes(
        requests.stream()
            .map(
                request ->
                    new ProducerRecord<>(
                        topic, request.getEnvelope().getPrompt().getBytes(StandardCharsets.UTF_8), codec.encode(topic, request)))
            .toList());
  }

  void sendBytes(List<ProducerRecord<byte[], byte[]>> records) {
    try (var producer = new KafkaProducer<>(settings.producer("bench"), new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
      for (Future<RecordMetadata> one : sent) {
        var _ = one.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError("not sent", e);
    }
  }

  /** Every answer of a model on the topic now. */
  List<Answer> answers(String model) {
    RecordCodec<Answer> codec = RecordCodec.of(registry, Answer.class);
    return records(Topics.ANSWERS).stream()
        .map(record -> codec.decode(record.value()))
        .filter(answer -> answer.getModel().equals(model))
        .toList();
  }

  /** Every announcement of a model. */
  List<Model> announcements(String model) {
    RecordCodec<Model> codec = RecordCodec.of(registry, Model.class);
    return records(Topics.MODELS).stream()
        .filter(record -> record.value() != null)
        .map(record -> codec.decode(record.value()))
        .filter(announced -> announced.getName().equals(model))
        .toList();
  }

  /** Whether the last that is said of a model is that it is gone. */
  boolean withdrawn(String model) {
    return records(Topics.MODELS).stream()
        .filter(record -> new String(record.key(), StandardCharsets.UTF_8).equals(model))
        .reduce((_, last) -> last)
        .filter(last -> last.value() == null)
        .isPresent();
  }

  /** All records of a topic up to its end as it is now. */
  List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    try (var consumer = new KafkaConsumer<>(settings.reader("bench"), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        consumer.poll(Duration.ofSeconds(1)).forEach(all::add);
      }
      return all;
    }
  }

  /** Waits until every request of the model has an answer, and gives all answers, duplicates included. */
  List<Answer> awaitAnswers(String model, int requests) {
    List<Answer> last = new ArrayList<>();
    await(
        requests + " answers of " + model,
        () -> {
          last.clear();
          last.addAll(answers(model));
          return last.stream().map(Answer::getRequest).distinct().count() >= requests;
        });
    return last;
  }

  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new AssertionError("waited " + PATIENCE + " for " + what);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }

  static List<String> ids(Stream<Answer> answers) {
    return answers.map(Answer::getRequest).toList();
  }

  static String[] ids(List<Request> requests) {
    return requests.stream().map(Request::getId).toArray(String[]::new);
  }
}
