package dev.assay.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Numbered records of a one-partition topic, written and read back. */
record RecordLog(KafkaSettings settings, String topic) {

  /** Writes the numbers and returns when the broker has acknowledged each. */
  void write(int from, int to) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings.producer("writer"), new StringSerializer(), new StringSerializer())) {
      IntStream.range(from, to)
          .mapToObj(i -> producer.send(new ProducerRecord<>(topic, Integer.toString(i), "record " + i)))
          .toList()
          .forEach(
              sent -> {
                try {
                  var _ = sent.get();
                } catch (Exception e) {
                  throw new AssertionError("not acknowledged", e);
                }
              });
    }
  }

  /** All keys in their order, up to the end of the topic as it is now. */
  List<Integer> read() {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(settings.reader("reader"), new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<Integer> keys = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(record -> keys.add(Integer.valueOf(record.key())));
      }
      return keys;
    }
  }
}
