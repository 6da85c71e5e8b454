package dev.assay.topology.ballot;

import dev.assay.records.Prior;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Alarm;
import dev.assay.topology.StoreKey;
import dev.assay.topology.scoring.PositionPrior;
import dev.assay.topology.scoring.ScorerVersion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Collects what the calibration questions of a group say of positions, and records the prior when all have answered or been given up, or
 * when nothing has come for a while. What comes after that changes nothing: the recorded prior is what verdicts rest on.
 */
final class PriorProcessor implements Processor<String, byte[], String, byte[]> {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
  private static final byte[] CLOSED = new byte[0];

  private final RecordCodec<Prior> codec;
  private final Duration wait;
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> groups;
  private RecordedPriors recorded;
  private Alarm alarm;

  PriorProcessor(RecordCodec<Prior> codec, Duration wait) {
    this.codec = codec;
    this.wait = wait;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    this.groups = context.getStateStore(Ballot.GROUPS_STORE);
    this.recorded = new RecordedPriors(context.getStateStore(Ballot.PRIORS_STORE), codec);
    this.alarm = new Alarm(context, LOOK_AGAIN, this::lookAgain);
    try (KeyValueIterator<String, byte[]> all = groups.all()) {
      all.forEachRemaining(
          entry -> {
            if (isOpen(entry.value)) {
              alarm.set();
            }
          });
    }
  }

  @Override
  public void process(Record<String, byte[]> record) {
    String key = record.key();
    byte[] kept = groups.get(key);
    if (kept == null && recorded.of(key).isPresent()) {
      groups.put(key, CLOSED);
      return;
    }
    if (kept != null && kept.length == 0) {
      return;
    }
    Contribution contribution = Contribution.fromBytes(record.value());
    Group group = kept == null ? new Group(contribution.options(), contribution.expected(), 0, new TreeMap<>()) : Group.fromBytes(kept);
    Group after = group.with(contribution, context.currentSystemTimeMs() + wait.toMillis());
    if (after.questions.size() >= after.expected) {
      close(key, after, record.timestamp());
    } else {
      groups.put(key, after.toBytes());
      alarm.set();
    }
  }

  private static boolean isOpen(byte[] group) {
    return group.length > 0;
  }

  /** Whether any group is still open. */
  private boolean lookAgain(long now) {
    List<KeyValue<String, Group>> due = new ArrayList<>();
    boolean someOpen = false;
    try (KeyValueIterator<String, byte[]> all = groups.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        if (isOpen(entry.value) && Group.deadline(entry.value) <= now) {
          due.add(KeyValue.pair(entry.key, Group.fromBytes(entry.value)));
        } else {
          someOpen |= isOpen(entry.value);
        }
      }
    }
    due.forEach(entry -> close(entry.key, entry.value, now));
    return someOpen;
  }

  private void close(String key, Group group, long time) {
    List<String> parts = StoreKey.parts(key);
    List<String> questions = new ArrayList<>();
    List<List<Double>> said = new ArrayList<>();
    group.questions.forEach(
        (prompt, positions) -> {
          if (positions != null) {
            questions.add(prompt);
            said.add(positions);
          }
        });
    Prior prior =
        new Prior(
            parts.get(0),
            parts.get(1),
            parts.get(2),
            parts.get(3),
            group.options,
            group.expected,
            questions,
            PositionPrior.of(said, group.options),
            ScorerVersion.SCORER_VERSION);
    groups.put(key, CLOSED);
    context.forward(new Record<>(key, codec.encode(Topics.PRIORS, prior), time, new RecordHeaders()));
  }

  /**
   * A group that is not complete.
   *
   * @param deadline when it is closed as it is, in milliseconds since 1970
   * @param questions what each calibration question said, by prompt; null for one that was given up
   */
  private record Group(int options, int expected, long deadline, SortedMap<String, @Nullable List<Double>> questions) {
    Group with(Contribution contribution, long until) {
      if (contribution.isWaiting()) {
        // The first of those who wait starts the clock; only what is said puts it off.
        return deadline == 0 ? new Group(options, expected, until, questions) : this;
      }
      SortedMap<String, @Nullable List<Double>> more = new TreeMap<>(questions);
      List<Double> positions = contribution.positions();
      more.put(contribution.prompt(), positions != null && positions.size() == options ? positions : null);
      return new Group(options, expected, until, more);
    }

    static long deadline(byte[] bytes) {
      return ByteBuffer.wrap(bytes).getLong();
    }

    byte[] toBytes() {
      List<byte[]> parts = new ArrayList<>();
      int size = Long.BYTES + 3 * Integer.BYTES;
      for (Map.Entry<String, @Nullable List<Double>> question : questions.entrySet()) {
        byte[] part = new Contribution(question.getKey(), options, expected, question.getValue()).toBytes();
        parts.add(part);
        size += part.length;
      }
      ByteBuffer out = ByteBuffer.allocate(size).putLong(deadline).putInt(options).putInt(expected).putInt(parts.size());
      parts.forEach(out::put);
      return out.array();
    }

    static Group fromBytes(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      long deadline = in.getLong();
      int options = in.getInt();
      int expected = in.getInt();
      SortedMap<String, @Nullable List<Double>> questions = new TreeMap<>();
      for (int left = in.getInt(); left > 0; left--) {
        Contribution question = Contribution.read(in);
        questions.put(question.prompt(), question.positions());
      }
      return new Group(options, expected, deadline, questions);
    }
  }
}
