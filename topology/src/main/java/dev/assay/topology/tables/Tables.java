package dev.assay.topology.tables;

import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * The stage that keeps the running tables: verdicts, prompts and dead letters in, metric rows out.
 *
 * <pre>
 * verdicts ─────────────────────────► counting ──► partials (a tick) ──► merging ──► metrics (a tick)
 * prompts, dead letters ─► by prompt ──┘
 * </pre>
 *
 * <p>Counting runs where a prompt's events come together, one task a partition, and keeps exact sums for each slice of the tables. At every
 * tick it sends what it has counted in all, not what is new, so that the same sum sent twice does no harm, and asks for a commit, before
 * which nobody sees it; merging keeps the latest sum of each partition and adds them. A row is therefore a function of the set of verdicts, prompts and dead letters alone: not of their order,
 * of how often each was delivered, or of how many instances shared the work.
 *
 * <p>Flow counters hold in every emitted row: {@code flow/prompts = flow/verdicts + flow/dead-letters + flow/pending}, none below 0. A prompt
 * counts once for each of its models; a model that answers a prompt without being asked counts as asked; what could not be read counts under
 * the run {@code ?}.
 */
public final class Tables {
  /** The Streams application id; its number is that of the form of stores and inner topics: in another form all is counted anew from the log. */
  public static final String APPLICATION_ID = "assay-tables-3";

  /** How often what was counted goes one step on, in a transaction. */
  public static final Duration DEFAULT_TICK = Duration.ofMillis(25);

  /** Time for writing rows within a tick: a third of a core at most. */
  public static final Duration DEFAULT_BUDGET = Duration.ofMillis(8);

  static final String STAGE = "tables";
  static final String PROMPTS_STORE = "prompts";
  static final String TALLIES_STORE = "tallies";
  static final String PARTIALS_STORE = "partials";
  static final String CHANGED_STORE = "changed-sheets";

  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<MetricRow> rows;
  private final List<String> defaultModels;
  private final Duration tick;
  private final Duration budget;

  /** Tables with the usual tick; the default models are those of the intake. */
  public Tables(SchemaRegistryClient registry, List<String> defaultModels) {
    this(registry, defaultModels, DEFAULT_TICK, DEFAULT_BUDGET);
  }

  /** Tables that send changes on every {@code tick} and spend at most {@code budget} of it on writing rows. */
  public Tables(SchemaRegistryClient registry, List<String> defaultModels, Duration tick, Duration budget) {
    this.prompts = RecordCodec.of(registry, Prompt.class);
    this.verdicts = RecordCodec.of(registry, Verdict.class);
    this.rows = RecordCodec.of(registry, MetricRow.class);
    this.defaultModels = List.copyOf(defaultModels);
    this.tick = tick;
    this.budget = budget;
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
    store(builder, Stores.persistentKeyValueStore(PROMPTS_STORE));
    store(builder, Stores.persistentKeyValueStore(TALLIES_STORE));
    store(builder, Stores.persistentKeyValueStore(PARTIALS_STORE));
    store(builder, Stores.inMemoryKeyValueStore(CHANGED_STORE));

    KStream<byte[], byte[]> asked =
        from(builder, Topics.PROMPTS, "prompts-in").process(() -> new PromptReader(prompts, defaultModels), Named.as("asked"));
    KStream<byte[], byte[]> lost =
        from(builder, Topics.DEAD_LETTERS, "dead-letters-in").process(DeadLetterReader::new, Named.as("lost"));
    KStream<byte[], Event> flow =
        asked
            .merge(lost, Named.as("asked-or-lost"))
            .repartition(Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("by-prompt"))
            .mapValues(Event::fromBytes, Named.as("flow"));

    KStream<byte[], Object> read =
        from(builder, Topics.VERDICTS, "verdicts-in").process(() -> new VerdictReader(verdicts), Named.as("verdicts-read"));
    read.filter((key, value) -> value instanceof byte[], Named.as("refused"))
        .mapValues(byte[].class::cast, Named.as("refused-bytes"))
        .to(Topics.DEAD_LETTERS, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("dead-letters-out"));

    read.filter((key, value) -> value instanceof Event, Named.as("answered"))
        .mapValues(Event.class::cast, Named.as("answers"))
        .merge(flow, Named.as("events"))
        .process(() -> new CountingProcessor(tick), Named.as("counting"), PROMPTS_STORE, TALLIES_STORE)
        .repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("by-series"))
        .process(() -> new MergingProcessor(rows, tick, budget), Named.as("merging"), PARTIALS_STORE, CHANGED_STORE)
        .to(Topics.METRICS, Produced.with(Serdes.String(), Serdes.ByteArray()).withName("metrics-out"));
    return builder.build();
  }

  private static KStream<byte[], byte[]> from(StreamsBuilder builder, String topic, String name) {
    return builder.stream(topic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName(name));
  }

  /** Caching merges the writes of one commit interval, on the disk and in the changelog. */
  private static void store(StreamsBuilder builder, KeyValueBytesStoreSupplier supplier) {
    builder.addStateStore(Stores.keyValueStoreBuilder(supplier, Serdes.String(), Serdes.ByteArray()).withCachingEnabled());
  }
}
