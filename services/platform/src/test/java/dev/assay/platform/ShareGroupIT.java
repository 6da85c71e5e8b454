package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.schemas.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class ShareGroupIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final String GROUP = "workers";

  private static final TopicSpec TOPIC = new TopicSpec("work", 2, Map.of());

  /** Records written before the group exists are read, and those that a consumer leaves without a word go to the next one. */
  @Test
  void recordsLeftUnacknowledged_areDeliveredToTheNextConsumer() {
    STACK.stack().ensureTopics(List.of(TOPIC));
    STACK.stack().shareGroup(GROUP, Duration.ofSeconds(15));
    new RecordLog(STACK.settings(), TOPIC.name()).write(0, 20);

    List<Integer> first = new ArrayList<>();
    try (KafkaShareConsumer<String, String> consumer = consumer("leaves")) {
      while (first.isEmpty()) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> first.add(Integer.valueOf(record.key())));
      }
    }

    Map<Integer, Short> deliveries = new TreeMap<>();
    try (KafkaShareConsumer<String, String> consumer = consumer("stays")) {
      while (deliveries.size() < 20) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          deliveries.put(Integer.valueOf(record.key()), record.deliveryCount().orElseThrow());
          consumer.acknowledge(record, AcknowledgeType.ACCEPT);
        }
        assertThat(consumer.commitSync()).allSatisfy((partition, error) -> assertThat(error).isEmpty());
      }
    }
    assertThat(deliveries.keySet()).containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
    assertThat(first).isNotEmpty().allSatisfy(number -> assertThat(deliveries.get(number)).isGreaterThan((short) 1));
  }

  private static KafkaShareConsumer<String, String> consumer(String clientId) {
    KafkaShareConsumer<String, String> consumer =
        new KafkaShareConsumer<>(
            STACK.settings().shareConsumer(GROUP, clientId), new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of(TOPIC.name()));
    return consumer;
  }
}
