package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.LiveTable;
import dev.assay.records.Model;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that workers have announced, and how many workers serve each now. */
public final class Models implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Models.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** A worker announces its model a little before the broker counts it among the members of its group. */
  private static final Duration JOINING = Duration.ofSeconds(30);

  private static final String LANGUAGE = "language";

  private final LiveTable<Model> announced;
  private final Optional<String> standard;
  private final Admin admin;
  private final Thread thread;
  private volatile Map<String, Integer> workers = Map.of();
  private volatile Map<String, Long> waiting = Map.of();
  private volatile Instant seen = Instant.MIN;
  private volatile boolean closed;

  /**
   * @param announced the topic of models
   * @param standard the model for requests that name none, where one was chosen
   */
  public Models(KafkaSettings settings, LiveTable<Model> announced, Optional<String> standard) {
    this.announced = announced;
    this.standard = standard;
    this.admin = Admin.create(settings.admin("assay-gateway-models"));
    this.thread = Thread.ofPlatform().name("assay-gateway-models").daemon().unstarted(this::follow);
    thread.start();
  }

  /** All that were ever announced, by name. */
  public Collection<Model> all() {
    return announced.rows().values();
  }

  /** How many workers serve a model. */
  public int workers(String model) {
    return workers.getOrDefault(model, 0);
  }

  /** How many requests wait for a model's workers, or are in their hands; 0 where the broker has not said. */
  public long waiting(String model) {
    return waiting.getOrDefault(model, 0L);
  }

  /** When the broker last said who serves. */
  public Instant seen() {
    return seen;
  }

  /**
   * The model that a request asks for.
   *
   * @throws Problem 404 when there is none of that name, 503 when nobody serves it
   */
  public Model find(String name) {
    Model model = announced.rows().get(name);
    if (model == null) {
      throw Problem.unknownModel(
          "the model '%s' does not exist; there %s".formatted(shortened(name), all().isEmpty() ? "is none" : "are " + names()));
    }
    boolean joining = model.getAnnouncedAt().isAfter(Instant.now().minus(JOINING));
    if (workers(name) == 0 && !joining) {
      throw Problem.later(
          Problem.UNAVAILABLE,
          "model_not_served",
          "no worker serves the model '%s' now; start one with 'assay worker --model …'".formatted(shortened(name)),
          Math.toIntExact(JOINING.toSeconds()));
    }
    return model;
  }

  /**
   * The model for a request that names none: the one that was chosen when the gateway was started, or the only language model, or the only
   * model.
   *
   * @throws Problem when that is not clear
   */
  public Model standard() {
    if (standard.isPresent()) {
      return find(standard.get());
    }
    List<Model> languages = all().stream().filter(model -> model.getKind().equals(LANGUAGE)).toList();
    List<Model> fit = languages.isEmpty() ? List.copyOf(all()) : languages;
    List<Model> served = fit.stream().filter(model -> workers(model.getName()) > 0).toList();
    List<Model> candidates = served.isEmpty() ? fit : served;
    if (candidates.size() == 1) {
      return find(candidates.getFirst().getName());
    }
    throw candidates.isEmpty()
        ? Problem.later(Problem.UNAVAILABLE, "model_not_served", "no model is served", Math.toIntExact(JOINING.toSeconds()))
        : Problem.invalid(
            "model", "model is missing, and there are several: %s; name one, or start the gateway with --model".formatted(names()));
  }

  private String names() {
    return announced.rows().keySet().stream().limit(20).collect(Collectors.joining(", "));
  }

  private static String shortened(String name) {
    return name.length() > 100 ? name.substring(0, 100) + "…" : name;
  }

  private void follow() {
    while (!closed) {
      try {
        workers = count();
        waiting = lag(workers);
        seen = Instant.now();
      } catch (KafkaException | ExecutionException e) {
        LOG.warn("The broker does not say which models are served: {}", e.toString());
      } catch (InterruptedException e) {
        return;
      }
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private Map<String, Integer> count() throws InterruptedException, ExecutionException {
    Map<String, String> groups = all().stream().collect(Collectors.toMap(Model::getName, model -> Topics.workers(model.getName())));
    if (groups.isEmpty()) {
      // The question is asked all the same: it shows whether the broker answers.
      admin.describeCluster().clusterId().get();
      return Map.of();
    }
    Map<String, KafkaFuture<ShareGroupDescription>> described = admin.describeShareGroups(groups.values()).describedGroups();
    Map<String, Integer> counted = new HashMap<>();
    for (Map.Entry<String, String> group : groups.entrySet()) {
      try {
        counted.put(group.getKey(), described.get(group.getValue()).get().members().size());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof GroupIdNotFoundException)) {
          throw e;
        }
        counted.put(group.getKey(), 0);
      }
    }
    return Map.copyOf(counted);
  }

  /** What the groups of the served models have not acknowledged yet. */
  private Map<String, Long> lag(Map<String, Integer> served) throws InterruptedException, ExecutionException {
    Map<String, Long> counted = new HashMap<>();
    for (String model : served.keySet()) {
      String group = Topics.workers(model);
      try {
        Map<TopicPartition, SharePartitionOffsetInfo> offsets =
            admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(group).get();
        // A partition that nobody has read has no offsets, and its lag is not known.
        counted.put(model, offsets.values().stream().filter(Objects::nonNull).mapToLong(one -> one.lag().orElse(0L)).sum());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof GroupIdNotFoundException)) {
          throw e;
        }
      }
    }
    return Map.copyOf(counted);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    admin.close(LOOK);
  }
}
