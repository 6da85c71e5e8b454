package dev.assay.inference.worker;

import dev.assay.schemas.TopicSpec;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The request topic of a model and the share group of its workers.
 *
 * @param model the model
 * @param topic the topic
 * @param group the share group
 */
record RequestGroup(String model, String topic, String group) {

  /** The most that a broker allows by default; after that many deliveries the group drops a record without a trace. */
  static final int DELIVERY_LIMIT = 10;

  static RequestGroup of(String model) {
    return new RequestGroup(model, Topics.requests(model), Topics.workers(model));
  }

  /**
   * Creates the topic unless it exists, in as many partitions as prompts have, and settles how the group reads it: committed requests only,
   * from the first one on.
   *
   * @throws RetriableException when the broker does not answer
   * @throws KafkaException when it refuses
   */
  void prepare(Map<String, Object> kafka, Duration lease) {
    try (Admin admin = Admin.create(kafka)) {
      try {
        TopicSpec spec = Topics.requestsSpec(model, partitions(admin));
        await(
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(spec.partitions()), Optional.empty()).configs(spec.config()))).all());
      } catch (TopicExistsException e) {
        // Another worker or an operator was first; the topic keeps the settings it has.
      }
      Collection<AlterConfigOp> settings =
          Stream.of(
                  new ConfigEntry("share.isolation.level", "read_committed"),
                  new ConfigEntry("share.auto.offset.reset", "earliest"),
                  new ConfigEntry("share.delivery.count.limit", Integer.toString(DELIVERY_LIMIT)),
                  new ConfigEntry("share.record.lock.duration.ms", Long.toString(lease.toMillis())))
              .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
              .toList();
      await(admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), settings)).all());
    }
  }

  /** How many workers are in the group now; 0 when that cannot be told. */
  int members(Map<String, Object> kafka) {
    try (Admin admin = Admin.create(kafka)) {
      return admin.describeShareGroups(List.of(group)).all().get().values().stream().mapToInt(found -> found.members().size()).sum();
    } catch (ExecutionException | KafkaException e) {
      // The group does not exist yet, or the broker is away.
      return 0;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static int partitions(Admin admin) {
    try {
      return await(admin.describeTopics(List.of(Topics.PROMPTS)).topicNameValues().get(Topics.PROMPTS)).partitions().size();
    } catch (UnknownTopicOrPartitionException e) {
      // Nobody has set up the site yet; whoever does finds this topic as it would have made it.
      return Topics.FLOW_PARTITIONS;
    }
  }

  private static <T> T await(KafkaFuture<T> done) {
    try {
      return done.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
