package dev.assay.topology.routing;

import dev.assay.records.TaskType;
import dev.assay.records.Verdict;
import dev.assay.topology.StoreKey;
import dev.assay.topology.routing.policy.Experience;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.routing.policy.Query;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The experience of one partition's policy, which outlives the stage: in memory for decisions, and in a store for the next life. */
final class StoredExperience {
  private static final Logger LOG = LoggerFactory.getLogger(StoredExperience.class);

  private final KeyValueStore<String, byte[]> store;
  private final Experience experience = new Experience(Experience.MOST);
  private long next;

  private static final class Kept {
    private final long number;
    private final Outcome outcome;
    private final float[] meaning;

    Kept(long number, Outcome outcome, float[] meaning) {
      this.number = number;
      this.outcome = outcome;
      this.meaning = meaning;
    }
  }

  /** Takes up what the store has. */
  StoredExperience(KeyValueStore<String, byte[]> store) {
    this.store = store;
    List<Kept> kept = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      all.forEachRemaining(entry -> kept.add(read(entry.value)));
    }
    kept.sort(Comparator.comparingLong(each -> each.number));
    kept.forEach(each -> experience.add(each.outcome, each.meaning));
    this.next = kept.isEmpty() ? 0 : kept.getLast().number + 1;
  }

  Experience get() {
    return experience;
  }

  /** Learns from a question that was decided. */
  void learn(Query query, Collection<Verdict> verdicts, float[] meaning) {
    Outcome outcome;
    try {
      outcome = outcome(query, verdicts);
    } catch (IllegalArgumentException e) {
      LOG.debug("nothing is learned from {}: {}", query.id(), e.getMessage());
      return;
    }
    store.put(StoreKey.of(query.id()), write(new Kept(next++, outcome, meaning)));
    experience.add(outcome, meaning).ifPresent(forgotten -> store.delete(StoreKey.of(forgotten)));
  }

  /**
   * What models made of a question; its cost is the time that computing took, in microseconds.
   *
   * @throws IllegalArgumentException when a score is none
   */
  static Outcome outcome(Query query, Collection<Verdict> verdicts) {
    SortedMap<String, Outcome.Answered> answers = new TreeMap<>();
    verdicts.forEach(verdict -> answers.put(verdict.getModel(), new Outcome.Answered(Ensemble.value(verdict), verdict.getComputeMicros(), 1)));
    // The text has done its work, and is the largest part.
    return new Outcome(new Query(query.id(), query.taskType(), query.task(), "", List.copyOf(answers.keySet())), answers);
  }

  private static byte[] write(Kept kept) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      Query query = kept.outcome.query();
      out.writeLong(kept.number);
      out.writeUTF(query.id());
      out.writeUTF(query.taskType().name());
      out.writeUTF(query.task());
      out.writeInt(kept.outcome.answers().size());
      for (Map.Entry<String, Outcome.Answered> answer : kept.outcome.answers().entrySet()) {
        out.writeUTF(answer.getKey());
        out.writeDouble(answer.getValue().value());
        out.writeDouble(answer.getValue().cost());
      }
      out.writeInt(kept.meaning.length);
      for (float number : kept.meaning) {
        out.writeFloat(number);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Kept read(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      long number = in.readLong();
      String id = in.readUTF();
      TaskType type = TaskType.valueOf(in.readUTF());
      String task = in.readUTF();
      SortedMap<String, Outcome.Answered> answers = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        answers.put(in.readUTF(), new Outcome.Answered(in.readDouble(), in.readDouble(), 1));
      }
      float[] meaning = new float[in.readInt()];
      for (int i = 0; i < meaning.length; i++) {
        meaning[i] = in.readFloat();
      }
      return new Kept(number, new Outcome(new Query(id, type, task, "", List.copyOf(answers.keySet())), answers), meaning);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
