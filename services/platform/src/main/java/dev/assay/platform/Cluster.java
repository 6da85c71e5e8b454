package dev.assay.platform;

import dev.assay.schemas.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/** What Assay asks of a Kafka cluster's administration: its topics and its share groups. */
final class Cluster implements AutoCloseable {

  private final Admin admin;

  Cluster(KafkaSettings settings) {
    admin = Admin.create(settings.admin("assay-cluster"));
  }

  /** Creates the topics that are missing and reports where existing ones differ. */
  List<TopicDrift> ensureTopics(Collection<TopicSpec> specs) {
    Set<String> existing = topicNames();
    specs.stream().filter(spec -> !existing.contains(spec.name())).forEach(this::create);
    return drift(specs.stream().filter(spec -> existing.contains(spec.name())).toList());
  }

  private void create(TopicSpec spec) {
    NewTopic topic = new NewTopic(spec.name(), Optional.of(spec.partitions()), Optional.empty()).configs(spec.config());
    try {
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      // Another process starts at the same moment.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw failed("create topic " + spec.name(), e);
      }
    } catch (InterruptedException e) {
      throw interrupted("create topic " + spec.name(), e);
    }
  }

  private List<TopicDrift> drift(List<TopicSpec> specs) {
    Map<String, TopicSpec> byName = specs.stream().collect(Collectors.toMap(TopicSpec::name, Function.identity()));
    Map<String, TopicDescription> found = await("describe topics", admin.describeTopics(byName.keySet()).allTopicNames());
    Map<ConfigResource, Config> configs =
        await("read topic settings", admin.describeConfigs(byName.keySet().stream().map(Cluster::topic).toList()).all());
    List<TopicDrift> drift = new ArrayList<>();
    for (TopicSpec spec : specs) {
      int partitions = found.get(spec.name()).partitions().size();
      if (partitions != spec.partitions()) {
        drift.add(
            new TopicDrift(spec.name(), "partitions", Integer.toString(spec.partitions()), Integer.toString(partitions)));
      }
      Config config = configs.get(topic(spec.name()));
      spec.config().forEach(
          (setting, expected) -> {
            ConfigEntry entry = config.get(setting);
            String value = entry == null ? "(unknown to the broker)" : entry.value();
            if (!expected.equals(value)) {
              drift.add(new TopicDrift(spec.name(), setting, expected, value));
            }
          });
    }
    return List.copyOf(drift);
  }

  private static ConfigResource topic(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  /** In how many partitions a topic lies; empty where it does not exist. */
  OptionalInt partitions(String topic) {
    if (!topicNames().contains(topic)) {
      return OptionalInt.empty();
    }
    TopicDescription found = await("describe topics", admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    return found == null ? OptionalInt.empty() : OptionalInt.of(found.partitions().size());
  }

  Set<String> topicNames() {
    return await("list topics", admin.listTopics().names());
  }

  /** A line on who answers. */
  String describe() {
    int brokers = await("describe the cluster", admin.describeCluster().nodes()).size();
    String id = await("describe the cluster", admin.describeCluster().clusterId());
    return "cluster %s, %d broker%s".formatted(id, brokers, brokers == 1 ? "" : "s");
  }

  /** Sets what a share group reads: from the earliest record, committed ones only, each locked so long. */
  void shareGroup(String name, Duration lock) {
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, name);
    List<AlterConfigOp> settings =
        List.of(
            set("share.auto.offset.reset", "earliest"),
            set("share.isolation.level", "read_committed"),
            set("share.record.lock.duration.ms", Long.toString(lock.toMillis())));
    await("set up share group " + name, admin.incrementalAlterConfigs(Map.of(group, settings)).all());
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  private static <T> T await(String what, KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw failed(what, e);
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  private static StackException failed(String what, ExecutionException e) {
    return new StackException("The broker did not " + what + ": " + e.getCause().getMessage(), e.getCause());
  }

  private static StackException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StackException("Interrupted before the broker could " + what + ".", e);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(2));
  }
}
