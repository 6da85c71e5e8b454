import dev.assay.records.Prompt;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts the stored prompts of a run to another model, as a run of its own: {@code Replay.java HOST:PORT REGISTRY RUN AS MODEL}. */
public final class Replay {

  private Replay() {}

  public static void main(String[] args) {
    if (args.length != 5) {
      System.err.println("expected HOST:PORT REGISTRY RUN AS MODEL");
      System.exit(2);
    }
    RecordCodec<Prompt> codec = RecordCodec.of(Registries.connect(args[1]), Prompt.class);
    Properties reading = new Properties();
    reading.put("bootstrap.servers", args[0]);
    reading.put("isolation.level", "read_committed");
    Properties writing = new Properties();
    writing.put("bootstrap.servers", args[0]);
    writing.put("acks", "all");
    // All or nothing, and no second one at a time: the transaction is named after the replay.
    writing.put("transactional.id", "replay-" + args[3]);
    int asked = 0;
    try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new ByteArrayDeserializer());
        KafkaProducer<String, byte[]> producer = new KafkaProducer<>(writing, new StringSerializer(), new ByteArraySerializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(Topics.PROMPTS).stream().map(one -> new TopicPartition(one.topic(), one.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // What is written below comes behind these ends, and is not read again.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      producer.initTransactions();
      producer.beginTransaction();
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          Prompt prompt = codec.decode(record.value());
          if (prompt.getRun().equals(args[2])) {
            // Id, orders and seed stay: the same question, asked in the same way.
            Prompt again = Prompt.newBuilder(prompt).setRun(args[3]).setModels(List.of(args[4])).build();
            producer.send(new ProducerRecord<>(Topics.PROMPTS, again.getId(), codec.encode(Topics.PROMPTS, again)));
            asked++;
          }
        }
      }
      producer.commitTransaction();
    }
    System.out.printf("%d prompts of %s are asked again as %s%n", asked, args[2], args[3]);
    if (asked == 0) {
      System.exit(1);
    }
  }
}
