package dev.assay.cli.replay;

import dev.assay.cli.replay.LogFile.Entry;
import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Answer;
import dev.assay.records.MetricRow;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.schemas.TraceHeaders;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The log of one run to and from a file. What is brought in is marked as counted: the stages leave it alone, nobody is asked and nothing is
 * judged; its rows come with it, and a replay gives them again.
 */
public final class RunLog {

  /** What a run is in the log, in the order of its making; its rows and its own record last, so that a run that is there is all there. */
  private static final List<String> PARTS =
      List.of(Topics.PROMPTS, Topics.ANSWERS, Topics.PRIORS, Topics.VERDICTS, Topics.DEAD_LETTERS, Topics.METRICS, Topics.RUNS);

  private static final Set<String> COMPACTED = Set.of(Topics.PRIORS, Topics.METRICS, Topics.RUNS);
  private static final int WIRE_HEADER_BYTES = 5;
  private static final int NO_SCHEMA = -1;
  private static final int CONFIRM_AFTER = 10_000;

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final Map<String, Function<byte[], String>> runs;

  /** The logs of a stack. */
  public RunLog(Site site) {
    this.settings = site.settings();
    this.registry = site.registry();
    RecordCodec<Prompt> prompts = RecordCodec.of(registry, Prompt.class);
    RecordCodec<Answer> answers = RecordCodec.of(registry, Answer.class);
    RecordCodec<Prior> priors = RecordCodec.of(registry, Prior.class);
    RecordCodec<Verdict> verdicts = RecordCodec.of(registry, Verdict.class);
    RecordCodec<MetricRow> rows = RecordCodec.of(registry, MetricRow.class);
    RecordCodec<Run> records = RecordCodec.of(registry, Run.class);
    this.runs =
        Map.of(
            Topics.PROMPTS, bytes -> prompts.decode(bytes).getRun(),
            Topics.ANSWERS, bytes -> answers.decode(bytes).getEnvelope().getRun(),
            Topics.PRIORS, bytes -> priors.decode(bytes).getRun(),
            Topics.VERDICTS, bytes -> verdicts.decode(bytes).getRun(),
            Topics.METRICS, bytes -> rows.decode(bytes).getRun(),
            Topics.RUNS, bytes -> records.decode(bytes).getName());
  }

  /**
   * What a file holds.
   *
   * @param counts records by topic
   * @param bytes its size
   */
  public record Contents(Map<String, Long> counts, long bytes) {

    /** How many prompts. */
    public long prompts() {
      return counts.getOrDefault(Topics.PROMPTS, 0L);
    }
  }

  /**
   * Writes a run's log to a file; the same log gives the same file.
   *
   * @throws CommandFailure when there is nothing of the run, or the file cannot be written
   */
  public Contents write(String run, Path file, Interruption interruption) {
    Map<String, Long> counts = new TreeMap<>();
    try (LogFile.Writer writer = new LogFile.Writer(file)) {
      Map<Integer, Integer> numbers = new HashMap<>();
      for (String topic : PARTS) {
        boolean compacted = COMPACTED.contains(topic);
        Map<ByteBuffer, ConsumerRecord<byte[], byte[]>> byKey = new LinkedHashMap<>();
        for (LogSlice slice : LogSlice.of(topic, LogSlice.ends(settings, List.of(topic)))) {
          boolean whole =
              slice.each(
                  settings,
                  interruption,
                  record -> {
                    if (compacted) {
                      keep(byKey, record, run);
                    } else if (isOf(run, record)) {
                      write(record, writer, numbers, counts);
                    }
                  });
          if (!whole) {
            throw new CommandFailure("ended before the log was read; there is no file");
          }
        }
        // Of a compacted topic the latest of each key counts, whenever the broker cleans up.
        new TreeMap<>(byKey).values().forEach(record -> write(record, writer, numbers, counts));
      }
      if (counts.isEmpty()) {
        throw new CommandFailure("there is nothing of run %s in the log".formatted(run));
      }
      return new Contents(counts, writer.finish());
    }
  }

  private void keep(Map<ByteBuffer, ConsumerRecord<byte[], byte[]>> byKey, ConsumerRecord<byte[], byte[]> record, String run) {
    if (record.key() == null) {
      return;
    }
    ByteBuffer key = ByteBuffer.wrap(record.key());
    if (record.value() == null) {
      byKey.remove(key);
    } else if (isOf(run, record)) {
      if (record.topic().equals(Topics.PRIORS)) {
        byKey.putIfAbsent(key, record);
      } else {
        byKey.put(key, record);
      }
    }
  }

  private boolean isOf(String run, ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Topics.DEAD_LETTERS)) {
      DeadLetter letter = DeadLetter.read(record.headers());
      return letter != null && letter.run().equals(run);
    }
    try {
      return record.value() != null && runs.getOrDefault(record.topic(), _ -> "").apply(record.value()).equals(run);
    } catch (UndecodableRecordException _) {
      return false;
    }
  }

  private void write(ConsumerRecord<byte[], byte[]> record, LogFile.Writer writer, Map<Integer, Integer> numbers, Map<String, Long> counts) {
    counts.merge(record.topic(), 1L, Long::sum);
    if (record.topic().equals(Topics.DEAD_LETTERS)) {
      writer.record(new Entry(record.topic(), NO_SCHEMA, record.timestamp(), record.key(), record.value(), TraceHeaders.without(record.headers())));
      return;
    }
    int id = ByteBuffer.wrap(record.value(), 1, Integer.BYTES).getInt();
    int number =
        numbers.computeIfAbsent(
            id,
            _ -> {
              int next = numbers.size();
              writer.schema(next, record.topic(), schema(id));
              return next;
            });
    byte[] payload = Arrays.copyOfRange(record.value(), WIRE_HEADER_BYTES, record.value().length);
    writer.record(new Entry(record.topic(), number, record.timestamp(), record.key(), payload, TraceHeaders.without(record.headers())));
  }

  private String schema(int id) {
    try {
      return registry.getSchemaById(id).canonicalString();
    } catch (IOException | RestClientException e) {
      throw new CommandFailure("the registry did not give schema %d: %s".formatted(id, e.getMessage()), e);
    }
  }

  /**
   * Brings a file's run into the log. The file is read to its end before anything of it is used.
   *
   * @return the run, and what was brought in
   * @throws CommandFailure when the file is no whole run's log, or the log has a run of the name already
   */
  public Map.Entry<String, Contents> read(Path file, Interruption interruption) {
    Set<String> found = new HashSet<>();
    Map<String, Long> counts = LogFile.read(file, new Check(file, found));
    String run = found.stream().findFirst().orElseThrow(() -> new CommandFailure(file + " holds no record of any run"));
    if (isThere(run)) {
      throw new CommandFailure("there is a run %s already; a run has one log".formatted(run));
    }
    try (Producer producer = new Producer(run, interruption)) {
      LogFile.read(file, producer);
    }
    return Map.entry(run, new Contents(counts, size(file)));
  }

  /** A run that was brought in halfway has no record of its own, and its second copy counts no answer twice. */
  private boolean isThere(String run) {
    boolean[] there = {false};
    for (LogSlice slice : LogSlice.of(Topics.RUNS, LogSlice.ends(settings, List.of(Topics.RUNS)))) {
      slice.each(settings, new Interruption(), record -> there[0] |= record.key() != null && new String(record.key(), StandardCharsets.UTF_8).equals(run));
    }
    return there[0];
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file, e);
    }
  }

  /** Holds that all records are of one run, and of topics and schemas that a run has. */
  private static final class Check implements LogFile.Reader {
    private final Path file;
    private final Set<String> found;
    private final Map<Integer, String> topics = new HashMap<>();

    Check(Path file, Set<String> found) {
      this.file = file;
      this.found = found;
    }

    @Override
    public void schema(int number, String topic, String schema) {
      Schema ours = Topics.valueSchemas().get(topic);
      Schema read = new Schema.Parser().parse(schema);
      if (ours == null || !PARTS.contains(topic) || !read.getFullName().equals(ours.getFullName())) {
        throw refused("the schema %s for topic %s".formatted(read.getFullName(), topic));
      }
      topics.put(number, topic);
    }

    @Override
    public void record(Entry entry) {
      boolean letter = entry.topic().equals(Topics.DEAD_LETTERS);
      if (letter ? entry.schema() != NO_SCHEMA : !entry.topic().equals(topics.get(entry.schema())) || entry.value() == null) {
        throw refused("a record for topic %s of schema %d".formatted(entry.topic(), entry.schema()));
      }
      if (entry.topic().equals(Topics.RUNS)) {
        found.add(entry.key() == null ? "" : new String(entry.key(), StandardCharsets.UTF_8));
      }
      if (found.size() > 1) {
        throw refused("records of the runs " + found);
      }
    }

    private CommandFailure refused(String what) {
      return new CommandFailure("%s holds %s; expected one run's prompts, answers, priors, verdicts, dead letters and rows; nothing of it was used".formatted(file, what));
    }
  }

  /** Produces what a file holds, marked as counted. */
  private final class Producer implements LogFile.Reader, AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings.producer("assay-import"), new ByteArraySerializer(), new ByteArraySerializer());
    private final Map<Integer, Integer> ids = new HashMap<>();
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final String run;
    private final Interruption interruption;

    Producer(String run, Interruption interruption) {
      this.run = run;
      this.interruption = interruption;
    }

    @Override
    public void schema(int number, String topic, String schema) {
      ids.put(number, Registries.register(registry, topic, schema));
    }

    @Override
    public void record(Entry entry) {
      if (entry.topic().equals(Topics.RUNS)) {
        // All else is there before the run is.
        confirm();
      }
      CountedMark.write(entry.headers(), run);
      try {
        sent.add(producer.send(new ProducerRecord<>(entry.topic(), null, entry.timestamp(), entry.key(), value(entry), entry.headers())));
      } catch (KafkaException e) {
        throw new CommandFailure("the broker did not take a record for %s: %s".formatted(entry.topic(), e.getMessage()), e);
      }
      if (sent.size() >= CONFIRM_AFTER) {
        confirm();
        if (interruption.requested()) {
          throw new CommandFailure("ended before all of run %s was brought in; import the file again".formatted(run));
        }
      }
    }

    private byte @Nullable [] value(Entry entry) {
      byte[] payload = entry.value();
      if (payload == null || entry.schema() == NO_SCHEMA) {
        return payload;
      }
      return ByteBuffer.allocate(WIRE_HEADER_BYTES + payload.length).put((byte) 0).putInt(ids.getOrDefault(entry.schema(), 0)).put(payload).array();
    }

    private void confirm() {
      producer.flush();
      try {
        for (Future<RecordMetadata> one : sent) {
          one.get();
        }
      } catch (ExecutionException e) {
        throw new CommandFailure("the broker did not take a record of run %s: %s".formatted(run, e.getCause().getMessage()), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure("interrupted while run " + run + " was brought in", e);
      }
      sent.clear();
    }

    @Override
    public void close() {
      confirm();
      producer.close();
    }
  }
}
