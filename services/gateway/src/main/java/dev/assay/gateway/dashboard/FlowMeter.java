package dev.assay.gateway.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Json;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Model;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How fast each stage goes and how much lies before it, by the offsets that the stages commit. The broker is asked once a second, and only as
 * long as somebody looks. Kafka's transaction markers count as records here; what must be exact is in the tables.
 */
public final class FlowMeter implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FlowMeter.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Rates are means over this many looks: a stage that commits in bursts must not look like one that stops and goes. */
  private static final int LOOKS = 6;

  private static final int LETTERS = 100;
  private static final int LONGEST_REASON = 2_000;
  private static final String GROUP_PREFIX = "assay-";
  private static final List<String> STAGES = List.of("intake", "ballot", "tables", "routing");

  private final KafkaSettings settings;
  private final Models models;
  private final AtomicInteger watchers = new AtomicInteger();
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final Deque<ObjectNode> letters = new ArrayDeque<>();
  private final Thread thread;
  private volatile ObjectNode now = Json.object().put("broker", true);
  private volatile Instant answered = Instant.now();
  private volatile boolean closed;

  /**
   * @param models how many workers serve each model
   */
  public FlowMeter(KafkaSettings settings, Models models) {
    this.settings = settings;
    this.models = models;
    this.thread = Thread.ofPlatform().name("assay-gateway-flow").daemon().unstarted(this::follow);
    thread.start();
  }

  /** Somebody who looks. */
  @FunctionalInterface
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** The meter runs until the watch is closed. */
  Watch watch() {
    synchronized (this) {
      watchers.incrementAndGet();
      notifyAll();
    }
    return watchers::decrementAndGet;
  }

  /** The flow as it was at the last look. */
  ObjectNode now() {
    ObjectNode copy = now.deepCopy();
    copy.put("answered", answered.toString());
    return copy;
  }

  /** What the broker said at one look: how far each group and topic is, and how much lies before each group. */
  private record Sample(long nanos, Map<String, Long> done, Map<String, Long> lag, Map<String, Integer> members) {}

  private void follow() {
    while (!closed) {
      try (Admin admin = Admin.create(settings.admin("assay-gateway-flow"));
          KafkaConsumer<byte[], byte[]> dead =
              new KafkaConsumer<>(settings.reader("assay-gateway-letters"), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> places =
            dead.partitionsFor(Topics.DEAD_LETTERS).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
        dead.assign(places);
        seekToLatest(dead, places);
        while (!closed) {
          awaitWatcher();
          dead.poll(Duration.ZERO).forEach(this::keep);
          look(admin);
          Thread.sleep(LOOK);
        }
      } catch (KafkaException | ExecutionException e) {
        LOG.warn("The broker does not say how the flow is: {}", e.toString());
        now = now.deepCopy().put("broker", false);
        samples.clear();
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void seekToLatest(KafkaConsumer<byte[], byte[]> dead, List<TopicPartition> places) {
    letters.clear();
    Map<TopicPartition, Long> ends = dead.endOffsets(places);
    // Each letter has at most one marker of its transaction behind it.
    dead.beginningOffsets(places).forEach((place, begin) -> dead.seek(place, Math.max(begin, ends.getOrDefault(place, 0L) - 2 * LETTERS)));
  }

  private synchronized void awaitWatcher() throws InterruptedException {
    while (watchers.get() == 0) {
      samples.clear();
      wait();
    }
  }

  private void keep(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter about = DeadLetter.read(record.headers());
    ObjectNode letter = Json.object();
    letter.put("partition", record.partition()).put("offset", record.offset()).put("at", Instant.ofEpochMilli(record.timestamp()).toString());
    letter.put("stage", about == null ? "unknown" : about.stage());
    letter.put("reason", about == null ? "the record has no dead-letter headers: another program put it here" : cut(about.reason()));
    if (about != null) {
      letter.put("run", about.run()).put("prompt", about.prompt()).put("model", about.model());
      letter.put("origin", "%s/%d/%d".formatted(about.topic(), about.partition(), about.offset()));
    }
    letters.addFirst(letter);
    if (letters.size() > LETTERS) {
      letters.removeLast();
    }
  }

  private static String cut(String reason) {
    return reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "…" : reason;
  }

  private void look(Admin admin) throws InterruptedException, ExecutionException {
    Map<String, String> stages = new TreeMap<>();
    for (GroupListing group : admin.listGroups(ListGroupsOptions.forConsumerGroups()).all().get()) {
      STAGES.stream().filter(stage -> group.groupId().startsWith(GROUP_PREFIX + stage)).forEach(stage -> stages.put(group.groupId(), stage));
    }
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = committed(admin, stages.keySet());
    Map<TopicPartition, Long> ends = ends(admin, committed.values());
    Map<String, Long> done = new HashMap<>();
    Map<String, Long> lag = new HashMap<>();
    Map<String, Integer> members = new HashMap<>();
    Map<String, ConsumerGroupDescription> described = admin.describeConsumerGroups(stages.keySet()).all().get();
    stages.forEach(
        (group, stage) -> {
          committed
              .getOrDefault(group, Map.of())
              .forEach(
                  (place, offset) -> {
                    if (offset != null) {
                      done.merge(stage, offset.offset(), Long::sum);
                      lag.merge(stage, Math.max(0, ends.getOrDefault(place, offset.offset()) - offset.offset()), Long::sum);
                    }
                  });
          ConsumerGroupDescription description = described.get(group);
          members.merge(stage, description == null ? 0 : description.members().size(), Integer::sum);
        });
    Map<String, Long> waiting = waiting(admin);
    samples.addLast(new Sample(System.nanoTime(), done, lag, members));
    if (samples.size() > LOOKS) {
      samples.removeFirst();
    }
    now = told(waiting);
    answered = Instant.now();
  }

  private static Map<String, Map<TopicPartition, OffsetAndMetadata>> committed(Admin admin, Set<String> groups)
      throws InterruptedException, ExecutionException {
    return groups.isEmpty()
        ? Map.of()
        : admin.listConsumerGroupOffsets(groups.stream().collect(Collectors.toMap(group -> group, _ -> new ListConsumerGroupOffsetsSpec()))).all().get();
  }

  private static Map<TopicPartition, Long> ends(Admin admin, Collection<Map<TopicPartition, OffsetAndMetadata>> committed)
      throws InterruptedException, ExecutionException {
    Set<TopicPartition> places = new HashSet<>();
    committed.forEach(offsets -> places.addAll(offsets.keySet()));
    Map<TopicPartition, OffsetSpec> asked = places.stream().collect(Collectors.toMap(place -> place, _ -> OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end :
        admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get().entrySet()) {
      ends.put(end.getKey(), end.getValue().offset());
    }
    return ends;
  }

  /** Requests that no worker has finished, by model; a group of which the broker knows nothing yet is left out. */
  private Map<String, Long> waiting(Admin admin) throws InterruptedException {
    Map<String, Long> waiting = new HashMap<>();
    for (Model model : models.all()) {
      String group = Topics.workers(model.getName());
      try {
        long sum = 0;
        for (SharePartitionOffsetInfo offset :
            admin
                .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group)
                .get()
                .values()) {
          sum += offset == null ? 0 : offset.lag().orElse(0L);
        }
        waiting.put(model.getName(), sum);
      } catch (ExecutionException e) {
        LOG.debug("The broker does not say what waits for {}: {}", model.getName(), e.toString());
      }
    }
    return waiting;
  }

  private ObjectNode told(Map<String, Long> waiting) {
    Sample last = samples.getLast();
    Sample first = samples.getFirst();
    double seconds = (last.nanos - first.nanos) / 1e9;
    ObjectNode told = Json.object();
    told.put("broker", true);
    ArrayNode stages = told.putArray("stages");
    for (String stage : STAGES) {
      Integer members = last.members.get(stage);
      if (members != null) {
        ObjectNode one = stages.addObject();
        one.put("stage", stage).put("members", members).put("lag", last.lag.getOrDefault(stage, 0L));
        Optional<Double> rate =
            Optional.ofNullable(first.done.get(stage))
                .filter(_ -> seconds > 0)
                .map(before -> Math.max(0, last.done.getOrDefault(stage, before) - before) / seconds);
        one.put("perSecond", rate.orElse(null));
      }
    }
    ArrayNode served = told.putArray("workers");
    for (Model model : models.all()) {
      served.addObject().put("model", model.getName()).put("workers", models.workers(model.getName())).put("waiting", waiting.get(model.getName()));
    }
    ArrayNode dead = told.putArray("deadLetters");
    letters.forEach(dead::add);
    return told;
  }

  private void pause() {
    try {
      Thread.sleep(LOOK);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
