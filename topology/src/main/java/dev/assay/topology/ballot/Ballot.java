package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The stage that turns answers into verdicts: one for each run, prompt, model and checkpoint, whatever is delivered twice, late or out of
 * order.
 *
 * <p>Where several different answers exist for one of them (a worker died after answering, and another answered again), the one that was
 * made first counts, and among those of the same millisecond the one whose bytes hash lowest. This depends on the answers alone, not on the
 * order in which they arrive: should the first be the last to arrive, a corrected verdict follows the earlier one on the topic, and tables
 * replace what they had counted. A failure counts as a dead letter until any answer arrives.
 */
public final class Ballot {
  /** The Streams application id. */
  public static final String APPLICATION_ID = "assay-ballot";

  static final String STAGE = "ballot";
  static final String STANDING_STORE = "standing";
  static final String VERDICTS = "verdicts";
  static final String DEAD_LETTERS = "dead-letters";

  private final RecordCodec<Answer> answers;
  private final RecordCodec<Verdict> verdicts;

  /** A ballot stage whose schemas are in this registry. */
  public Ballot(SchemaRegistryClient registry) {
    this.answers = RecordCodec.of(registry, Answer.class);
    this.verdicts = RecordCodec.of(registry, Verdict.class);
  }

  /** Answers in; verdicts and dead letters out. */
  public Topology topology() {
    Topology topology = new Topology();
    topology.addSource("answers", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Topics.ANSWERS);
    topology.addProcessor(STAGE, () -> new BallotProcessor(answers, verdicts), "answers");
    topology.addStateStore(standingStore(), STAGE);
    topology.addSink(VERDICTS, Topics.VERDICTS, new StringSerializer(), new ByteArraySerializer(), STAGE);
    topology.addSink(DEAD_LETTERS, Topics.DEAD_LETTERS, new ByteArraySerializer(), new ByteArraySerializer(), STAGE);
    return topology;
  }

  private static StoreBuilder<KeyValueStore<String, byte[]>> standingStore() {
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STANDING_STORE), Serdes.String(), Serdes.ByteArray())
        .withCachingEnabled();
  }
}
