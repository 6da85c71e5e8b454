package dev.assay.topology.tables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All that has happened to one prompt of one run. What it adds to the tables is a function of this alone; so events may come in any order
 * and any number of times.
 *
 * @param asked the models that are to answer it; empty until the prompt itself was seen
 * @param lost the models whose work was given up
 * @param allLost whether the prompt was given up for all its models
 * @param readings the verdicts, by model and checkpoint
 */
record PromptState(SortedSet<String> asked, SortedSet<String> lost, boolean allLost, List<Reading> readings) {
  static final PromptState NEW = new PromptState(new TreeSet<>(), new TreeSet<>(), false, List.of());

  /** Where one model stands with a prompt. */
  enum Status {
    PENDING,
    LOST,
    ANSWERED
  }

  /** The state after an event; equal to this when the event changes nothing. */
  PromptState after(Event event) {
    return switch (event) {
      case Event.Asked(_, _, List<String> models) ->
          asked.containsAll(models) ? this : new PromptState(with(asked, models), lost, allLost, readings);
      case Event.Lost(_, _, String model) when model.isEmpty() -> allLost ? this : new PromptState(asked, lost, true, readings);
      case Event.Lost(_, _, String model) ->
          lost.contains(model) ? this : new PromptState(asked, with(lost, List.of(model)), allLost, readings);
      case Event.Answered(_, _, Reading reading) -> afterVerdict(reading);
    };
  }

  Optional<Reading> reading(String model, String checkpoint) {
    return readings.stream().filter(reading -> reading.isOf(model, checkpoint)).findAny();
  }

  /** How every model that has to do with the prompt stands with it. */
  SortedMap<String, Status> statuses() {
    SortedMap<String, Status> statuses = new TreeMap<>();
    asked.forEach(model -> statuses.put(model, allLost ? Status.LOST : Status.PENDING));
    lost.forEach(model -> statuses.put(model, Status.LOST));
    readings.forEach(reading -> statuses.put(reading.model(), Status.ANSWERED));
    if (allLost && statuses.isEmpty()) {
      statuses.put(Event.UNREADABLE, Status.LOST);
    }
    return statuses;
  }

  byte[] toBytes() {
    BinaryWriter out = new BinaryWriter().putStrings(asked).putStrings(lost).putByte(allLost ? 1 : 0).putInt(readings.size());
    readings.forEach(reading -> reading.write(out));
    return out.toBytes();
  }

  static PromptState fromBytes(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    SortedSet<String> asked = new TreeSet<>(in.getStrings());
    SortedSet<String> lost = new TreeSet<>(in.getStrings());
    boolean allLost = in.getByte() == 1;
    int size = in.getInt();
    List<Reading> readings = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      readings.add(Reading.read(in));
    }
    return new PromptState(asked, lost, allLost, readings);
  }

  /** The answer that was made first counts; the same answer judged anew replaces what it was judged before. */
  private PromptState afterVerdict(Reading reading) {
    Optional<Reading> before = reading(reading.model(), reading.checkpoint());
    if (before.isPresent() && (before.get().answeredAt() < reading.answeredAt() || before.get().equals(reading))) {
      return this;
    }
    List<Reading> after = new ArrayList<>(readings);
    before.ifPresent(after::remove);
    after.add(reading);
    after.sort(Comparator.comparing(Reading::name).thenComparing(Reading::model));
    return new PromptState(asked, lost, allLost, List.copyOf(after));
  }

  private static SortedSet<String> with(SortedSet<String> names, List<String> more) {
    SortedSet<String> all = new TreeSet<>(names);
    all.addAll(more);
    return all;
  }
}
