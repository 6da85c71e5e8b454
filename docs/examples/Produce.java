import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts three questions to a model: {@code Produce.java HOST:PORT REGISTRY RUN MODEL}. */
public final class Produce {

  private record Question(String text, List<String> options, int gold) {}

  private static final List<Question> QUESTIONS =
      List.of(
          new Question("Which of these do bees make?", List.of("silk", "honey", "paper"), 1),
          new Question("Which of these is a river?", List.of("Everest", "Sahara", "Danube"), 2),
          new Question("Which of these is a planet?", List.of("Mars", "Sirius", "the Moon"), 0));

  private Produce() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      System.err.println("expected HOST:PORT REGISTRY RUN MODEL");
      System.exit(2);
    }
    RecordCodec<Prompt> codec = RecordCodec.of(Registries.connect(args[1]), Prompt.class);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    // Every record once, and only where all replicas have it.
    settings.put("acks", "all");
    settings.put("enable.idempotence", true);
    try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (Question question : QUESTIONS) {
        Prompt prompt = prompt(question, "question/" + (sent.size() + 1), args[2], args[3]);
        sent.add(producer.send(new ProducerRecord<>(Topics.PROMPTS, prompt.getId(), codec.encode(Topics.PROMPTS, prompt))));
      }
      producer.flush();
      for (Future<RecordMetadata> one : sent) {
        System.out.println("written to " + one.get());
      }
    }
  }

  /** What is left out takes the schema's default; the builder knows it. */
  private static Prompt prompt(Question question, String id, String run, String model) {
    Choice choice =
        Choice.newBuilder().setQuestion(question.text()).setOptions(question.options()).setGold(List.of(question.gold())).setOrders(OrderRule.ALL).build();
    return Prompt.newBuilder().setId(id).setRun(run).setTask("example").setModels(List.of(model)).setAsk(choice).setSource("Produce.java").build();
  }
}
