package dev.assay.topology.tables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderRule;
import dev.assay.records.OrderVote;
import dev.assay.records.TaskType;
import dev.assay.records.Verdict;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.scoring.Orders;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import dev.assay.topology.Stage;
import java.io.File;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Invariants 1 to 3: the table is a function of what happened, not of the order, the repetitions, the partitions or the restarts. */
class ReplayTest {
  private static final SchemaRegistryClient REGISTRY = new MockSchemaRegistryClient();
  private static final int PROMPTS = 30;

  @Property(tries = 25)
  void table_isTheSameBytes_inAnyOrderOnAnyNumberOfPartitionsWithRepetitionsAndRestarts(
      @ForAll @IntRange(min = 0, max = 1_000_000) int seed, @ForAll @IntRange(min = 1, max = 4) int partitions) {
    Random random = new Random(seed);
    List<Event> events = events(random);
    Map<String, String> once = new Cluster(1, new Random(0)).countAll(events, 0);

    List<Event> shuffled = new ArrayList<>(events);
    events.stream().filter(_ -> random.nextInt(3) == 0).forEach(shuffled::add);
    Collections.shuffle(shuffled, random);
    Map<String, String> again = new Cluster(partitions, random).countAll(shuffled, 0.1);

    assertThat(again).isEqualTo(once).isNotEmpty();
    Collections.shuffle(shuffled, random);
    assertThat(stored(shuffled)).as("without a stream").isEqualTo(once);
  }

  /** The rows of events that are all there. */
  private static Map<String, String> stored(List<Event> events) {
    RecordCodec<MetricRow> codec = RecordCodec.of(REGISTRY, MetricRow.class);
    StoredTable table = new StoredTable("r1");
    events.parallelStream().forEach(table::count);
    Map<String, String> rows = new TreeMap<>();
    table.rows(
        row ->
            assertThat(rows.put(MetricKey.of(row).toString(), HexFormat.of().formatHex(codec.encode(Topics.METRICS, row)))).as("a row twice").isNull());
    return rows;
  }

  @Property(tries = 10)
  void table_isAnotherWhenOneVerdictIsAnother(@ForAll @IntRange(min = 0, max = 1_000_000) int seed) {
    List<Event> events = events(new Random(seed));
    List<Event> altered = new ArrayList<>(events);
    altered.add(new Event.Answered("r1", "one more", Reading.of(TablesTest.choiceVerdict("one more", "m1", "planets", 1, true, 0.9, 1, true, 0.8))));
    assertThat(new Cluster(1, new Random(0)).countAll(altered, 0)).isNotEqualTo(new Cluster(1, new Random(0)).countAll(events, 0));
  }

  /** Prompts, dead letters, verdicts, and verdicts on several different answers of one model to one prompt. */
  private static List<Event> events(Random random) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      String prompt = "p" + i;
      events.add(new Event.Asked("r1", prompt, List.of("m1", "m2", "m3")));
      for (String model : List.of("m1", "m2", "m3")) {
        int answers = random.nextInt(4);
        for (int answer = 0; answer < answers; answer++) {
          events.add(new Event.Answered("r1", prompt, reading(random, prompt, model, answer)));
        }
        if (random.nextInt(5) == 0) {
          events.add(Event.lost(new DeadLetter("assay.answers", 0, i, "ballot", "x", "r1", prompt, model)));
        }
      }
      if (random.nextInt(8) == 0) {
        events.add(Event.lost(new DeadLetter("assay.prompts", 0, i, "intake", "x", "r1", prompt, "")));
      }
    }
    events.add(Event.lost(new DeadLetter("assay.prompts", 0, 99, "intake", "x", "", "", "")));
    return events;
  }

  private static Reading reading(Random random, String prompt, String model, int answer) {
    int one = random.nextInt(3);
    int mean = random.nextInt(3);
    Verdict verdict =
        TablesTest.choiceVerdict(
            prompt, model, "task" + prompt.hashCode() % 3, one, one == 1, random.nextDouble(), mean, mean == 1, random.nextDouble());
    List<OrderVote> votes =
        Orders.of(OrderRule.CYCLIC, 3).stream().limit(random.nextInt(4)).map(order -> new OrderVote(order, random.nextInt(4) - 1)).toList();
    verdict =
        Verdict.newBuilder(verdict)
            .setTaskType(random.nextBoolean() ? TaskType.KNOWLEDGE : TaskType.MATHS)
            .setOutcome(ChoiceVerdict.newBuilder((ChoiceVerdict) verdict.getOutcome()).setVotes(votes).build())
            .build();
    Reading reading = Reading.of(verdict);
    return new Reading(
        reading.model(), reading.checkpoint(), reading.task(), reading.taskType(), reading.answeredAt() + answer, reading.given(),
        reading.right(), reading.values(), reading.positions());
  }

  /** The two processors of the tables, on so many partitions, with the log between them. */
  private static final class Cluster {
    private final Random random;
    private final List<Node<byte[], Event, String, byte[]>> counting = new ArrayList<>();
    private final List<Node<String, byte[], String, byte[]>> merging = new ArrayList<>();
    private final Map<String, String> table = new TreeMap<>();

    Cluster(int partitions, Random random) {
      this.random = random;
      for (int partition = 0; partition < partitions; partition++) {
        counting.add(
            new Node<>(
                new TaskId(1, partition),
                () -> new CountingProcessor(Tables.DEFAULT_TICK),
                Tables.PROMPTS_STORE, Tables.TALLIES_STORE));
      }
      for (int partition = 0; partition < 2; partition++) {
        merging.add(
            new Node<>(
                new TaskId(2, partition),
                () -> new MergingProcessor(RecordCodec.of(REGISTRY, MetricRow.class), Tables.DEFAULT_TICK, Duration.ofNanos(1)),
                Tables.PARTIALS_STORE, Tables.CHANGED_STORE));
      }
    }

    Map<String, String> countAll(List<Event> events, double trouble) {
      for (Event event : events) {
        Node<byte[], Event, String, byte[]> node = counting.get(Math.floorMod(event.prompt().hashCode(), counting.size()));
        node.process(new Record<>(event.prompt().getBytes(StandardCharsets.UTF_8), event, 0));
        if (random.nextDouble() < trouble) {
          node.restart();
        }
        if (random.nextDouble() < trouble) {
          tick();
        }
        if (random.nextDouble() < trouble) {
          merging.get(random.nextInt(2)).restart();
        }
      }
      while (tick()) {}
      return table;
    }

    /** Whether anything moved. */
    private boolean tick() {
      boolean moved = false;
      for (Node<byte[], Event, String, byte[]> node : counting) {
        for (Record<? extends String, ? extends byte[]> partial : node.tick()) {
          moved = true;
          merging.get(Math.floorMod(partial.key().hashCode(), 2)).process(new Record<>(partial.key(), partial.value(), 0));
          if (random.nextInt(4) == 0) {
            merging.get(Math.floorMod(partial.key().hashCode(), 2)).process(new Record<>(partial.key(), partial.value(), 0));
          }
        }
      }
      for (Node<String, byte[], String, byte[]> node : merging) {
        for (Record<? extends String, ? extends byte[]> row : node.tick()) {
          moved = true;
          if (row.value() == null) {
            table.remove(row.key());
          } else {
            table.put(row.key(), HexFormat.of().formatHex(row.value()));
          }
        }
      }
      return moved;
    }
  }

  /** One task of a processor, whose stores outlive it. */
  private static final class Node<K, V, L, W> {
    private final TaskId task;
    private final java.util.function.Supplier<Processor<K, V, L, W>> supplier;
    private final List<KeyValueStore<String, byte[]>> stores = new ArrayList<>();
    private MockProcessorContext<L, W> context;
    private Processor<K, V, L, W> processor;
    private long now;

    Node(TaskId task, java.util.function.Supplier<Processor<K, V, L, W>> supplier, String... storeNames) {
      this.task = task;
      this.supplier = supplier;
      this.context = context();
      for (String name : storeNames) {
        KeyValueStore<String, byte[]> store =
            Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled()
                .withCachingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        stores.add(store);
      }
      restart();
    }

    void restart() {
      context = context();
      stores.forEach(context::addStateStore);
      processor = supplier.get();
      processor.init(context);
    }

    void process(Record<K, V> record) {
      processor.process(record);
    }

    List<Record<? extends L, ? extends W>> tick() {
      List.copyOf(context.scheduledPunctuators()).stream()
          .filter(scheduled -> !scheduled.cancelled())
          .forEach(scheduled -> scheduled.getPunctuator().punctuate(now));
      now += CountingProcessor.ANALYSIS_TICK.toMillis();
      List<Record<? extends L, ? extends W>> sent = new ArrayList<>();
      context.forwarded().forEach(forward -> sent.add(forward.record()));
      context.resetForwards();
      return sent;
    }

    private MockProcessorContext<L, W> context() {
      Properties config = new Properties();
      config.put(StreamsConfig.APPLICATION_ID_CONFIG, "node");
      config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
      return new MockProcessorContext<>(config, task, new File(Stage.temporaryFolder()));
    }
  }
}
