package dev.assay.topology.intake;

import dev.assay.records.Followup;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Route;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.routing.RoutesInForce;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The first stage: every prompt becomes one request for each of its models, or a dead letter that says why not.
 *
 * <p>A model that is not announced yet is waited for, since the announcement and the prompt travel on different topics and the prompt may
 * win; when the grace is over the prompt becomes a dead letter for that model alone, and its other models have long been asked.
 *
 * <p>A prompt whose orders are asked adaptively is kept until its ballots are decided: the ballot's follow-ups come to the partition that
 * holds the prompt, each becomes a request for one more round of orders, and the last one lets the prompt go.
 *
 * <p>Of a prompt that asks {@code @router} the route in force decides, by {@link dev.assay.schemas.RouteRule}, which one model is asked in its
 * place. The decision travels in the envelope, so that the verdict carries it and a replay of the answers takes it from there.
 */
public final class Intake {
  /** The Streams application id. */
  public static final String APPLICATION_ID = "assay-intake";

  /** How long a prompt waits for a model that nobody has announced. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  static final String STAGE = "intake";
  static final String MODELS_STORE = "models";
  static final String WAITING_STORE = "waiting";
  static final String FOLLOWUPS = "followups";
  static final String OPEN_STORE = "open-prompts";
  static final String DECIDED_STORE = "decided-models";
  static final String REQUESTS = "requests";
  static final String DEAD_LETTERS = "dead-letters";

  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Followup> followups;
  private final RecordCodec<Model> models;
  private final RecordCodec<Route> routes;
  private final List<String> defaultModels;
  private final Duration grace;

  /** An intake that waits {@link #DEFAULT_GRACE} for models; the default models are asked where a prompt names none. */
  public Intake(SchemaRegistryClient registry, List<String> defaultModels) {
    this(registry, defaultModels, DEFAULT_GRACE);
  }

  /** An intake that waits {@code grace} for models. */
  public Intake(SchemaRegistryClient registry, List<String> defaultModels, Duration grace) {
    this.prompts = RecordCodec.of(registry, Prompt.class);
    this.requests = RecordCodec.of(registry, Request.class);
    this.followups = RecordCodec.of(registry, Followup.class);
    this.models = RecordCodec.of(registry, Model.class);
    this.routes = RecordCodec.of(registry, Route.class);
    this.defaultModels = List.copyOf(defaultModels);
    this.grace = grace;
  }

  /** Prompts, models and follow-ups in; requests and dead letters out. */
  public Topology topology() {
    return drawn(new Topology());
  }

  /** The same, whose processors are wrapped as these settings say. */
  public Topology topology(TopologyConfig config) {
    return drawn(new Topology(config));
  }

  private Topology drawn(Topology topology) {
    topology.addGlobalStore(
        inMemory(MODELS_STORE), "models-in", new StringDeserializer(), new ByteArrayDeserializer(), Topics.MODELS, "models-kept", AnnouncedModels.Keeper::new);
    topology.addGlobalStore(
        inMemory(RoutesInForce.STORE), "routes-in", new StringDeserializer(), new ByteArrayDeserializer(), Topics.ROUTES, "routes-kept", RoutesInForce.Keeper::new);
    topology.addSource("prompts", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.PROMPTS);
    topology.addProcessor(STAGE, () -> new IntakeProcessor(prompts, requests, models, routes, defaultModels, grace), "prompts");
    topology.addStateStore(store(WAITING_STORE), STAGE);
    topology.addSource("followups-in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.FOLLOWUPS);
    topology.addProcessor(FOLLOWUPS, () -> new FollowupProcessor(followups, prompts, requests, defaultModels), "followups-in");
    topology.addStateStore(store(OPEN_STORE), STAGE, FOLLOWUPS);
    topology.addStateStore(store(DECIDED_STORE), STAGE, FOLLOWUPS);
    topology.addSink(
        REQUESTS,
        (key, request, context) -> Topics.requests(request.getModel()),
        new StringSerializer(),
        requests.serializer(),
        STAGE,
        FOLLOWUPS);
    topology.addSink(DEAD_LETTERS, Topics.DEAD_LETTERS, new ByteArraySerializer(), new ByteArraySerializer(), STAGE, FOLLOWUPS);
    return topology;
  }

  private static StoreBuilder<KeyValueStore<String, byte[]>> inMemory(String name) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray()).withLoggingDisabled();
  }

  private static StoreBuilder<KeyValueStore<String, byte[]>> store(String name) {
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), Serdes.ByteArray());
  }
}
