package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.Followup;
import dev.assay.records.Prior;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.Stores;

/**
 * The stage that turns answers into verdicts: one for each run, prompt, model and checkpoint, whatever is delivered twice, late or out of
 * order.
 *
 * <p>Where several different answers exist for one of them (a worker died after answering, and another answered again), the one that was
 * made first counts, and among those of the same millisecond the one whose bytes hash lowest. This depends on the answers alone, not on the
 * order in which they arrive: should the first be the last to arrive, a corrected verdict follows the earlier one on the topic, and tables
 * replace what they had counted. A failure counts as a dead letter until any answer arrives.
 *
 * <pre>
 * answers ──► ballot ──► verdicts, dead letters
 *               │ ▲ └──► follow-ups (to the intake: one more round of orders)
 *               │ └───── priors ◄──┐
 *               └─► by group ──► priors
 * </pre>
 *
 * <p>A question that is asked adaptively has a standing answer for each round of orders; after each change the rounds are weighed from the
 * first on, and the ballot is decided, or one more round is asked for. With PRIDE, questions of a group that are asked in all rotations
 * estimate the model's preference for positions; the verdicts on the others wait until it is recorded, and rest on the record: a stage that
 * reads the answers anew finds it in the log and takes it.
 */
public final class Ballot {
  /** The Streams application id. */
  public static final String APPLICATION_ID = "assay-ballot";

  static final String STAGE = "ballot";
  static final String STANDING_STORE = "standing";
  static final String VERDICTS = "verdicts";
  static final String DEAD_LETTERS = "dead-letters";
  static final String FOLLOWUPS = "followups";
  static final String CONTRIBUTIONS = "contributions";
  static final String ROUNDS_STORE = "rounds";
  static final String HELD_STORE = "held-answers";
  static final String PRIORS_STORE = "priors";
  static final String GROUPS_STORE = "calibration-groups";

  /** How long a prior waits for a further calibration question before it goes with what there is. */
  public static final Duration DEFAULT_WAIT = Duration.ofMinutes(2);

  /** A run has a few groups a model. */
  private static final int PRIOR_PARTITIONS = 1;

  private final RecordCodec<Answer> answers;
  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<Followup> followups;
  private final RecordCodec<Prior> priors;
  private final Duration wait;

  /** A ballot stage whose schemas are in this registry, and whose priors wait {@link #DEFAULT_WAIT}. */
  public Ballot(SchemaRegistryClient registry) {
    this(registry, DEFAULT_WAIT);
  }

  /** A ballot stage whose priors wait so long for a further calibration question. */
  public Ballot(SchemaRegistryClient registry, Duration wait) {
    this.followups = RecordCodec.of(registry, Followup.class);
    this.priors = RecordCodec.of(registry, Prior.class);
    this.wait = wait;
    this.answers = RecordCodec.of(registry, Answer.class);
    this.verdicts = RecordCodec.of(registry, Verdict.class);
  }

  /** The picture above. */
  public Topology topology() {
    return drawn(new StreamsBuilder());
  }

  /** The same, whose processors are wrapped as these settings say. */
  public Topology topology(TopologyConfig config) {
    return drawn(new StreamsBuilder(config));
  }

  private Topology drawn(StreamsBuilder builder) {
    builder.addGlobalStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(PRIORS_STORE), Serdes.String(), Serdes.ByteArray()).withLoggingDisabled(),
        Topics.PRIORS,
        Consumed.with(Serdes.String(), Serdes.ByteArray()).withName("priors-in"),
        RecordedPriors.Keeper::new);
    for (String store : List.of(STANDING_STORE, ROUNDS_STORE, HELD_STORE, GROUPS_STORE)) {
      builder.addStateStore(
          Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(store), Serdes.String(), Serdes.ByteArray()).withCachingEnabled());
    }
    KStream<Object, Object> rulings =
        builder.stream(Topics.ANSWERS, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("answers"))
            .process(() -> new BallotProcessor(answers, verdicts, priors), Named.as(STAGE), STANDING_STORE, ROUNDS_STORE, HELD_STORE);
    as(rulings, String.class, byte[].class)
        .to(Topics.VERDICTS, Produced.with(Serdes.String(), Serdes.ByteArray()).withName(VERDICTS));
    as(rulings, byte[].class, byte[].class)
        .to(Topics.DEAD_LETTERS, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()).withName(DEAD_LETTERS));
    as(rulings, String.class, Followup.class)
        .to(
            Topics.FOLLOWUPS,
            Produced.with(Serdes.String(), followups)
                .withName(FOLLOWUPS)
                .withStreamPartitioner((topic, key, followup, partitions) -> Optional.of(Set.of(followup.getPartition() % partitions))));
    as(rulings, String.class, byte[].class)
        .mapValues(contribution -> contribution, Named.as(CONTRIBUTIONS))
        .repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("by-group").withNumberOfPartitions(PRIOR_PARTITIONS))
        .process(() -> new PriorProcessor(priors, wait), Named.as("priors"), GROUPS_STORE)
        .to(Topics.PRIORS, Produced.with(Serdes.String(), Serdes.ByteArray()).withName("priors-out"));
    return builder.build();
  }

  /** The processor names for each record which of the next steps it goes to, and with it what key and value are. */
  @SuppressWarnings({"unchecked", "unused"})
  private static <K, V> KStream<K, V> as(KStream<Object, Object> rulings, Class<K> key, Class<V> value) {
    return (KStream<K, V>) (KStream<?, ?>) rulings;
  }
}
