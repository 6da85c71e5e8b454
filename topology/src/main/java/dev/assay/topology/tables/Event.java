package dev.assay.topology.tables;

import dev.assay.schemas.DeadLetter;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import java.util.List;

/** What happens to a prompt, as far as tables count it. All events of a prompt come to the same partition. */
sealed interface Event {
  /** The run of what could not be read. No real run has this name. */
  String UNREADABLE = "?";

  /** The run. */
  String run();

  /** The prompt's id; where it has none, the place in the log of what was lost. */
  String prompt();

  /**
   * A prompt was produced.
   *
   * @param run the run
   * @param prompt the prompt
   * @param models the models that are to answer it
   */
  record Asked(String run, String prompt, List<String> models) implements Event {
    public Asked {
      models = List.copyOf(models);
    }
  }

  /**
   * A dead letter was written.
   *
   * @param run the run
   * @param prompt the prompt
   * @param model the model that it concerns; empty when it concerns all of the prompt
   */
  record Lost(String run, String prompt, String model) implements Event {}

  /**
   * A verdict was made.
   *
   * @param run the run
   * @param prompt the prompt
   * @param reading what it says
   */
  record Answered(String run, String prompt, Reading reading) implements Event {}

  /** A prompt with the models that it names, or the intake's default ones. */
  static Asked asked(Subject subject, String where, List<String> models) {
    return new Asked(
        known(subject.run(), UNREADABLE),
        known(subject.prompt(), where),
        models.stream().map(model -> subject.withModel(model).model()).toList());
  }

  /** What a dead letter's headers tell. */
  static Lost lost(DeadLetter letter) {
    String where = letter.topic() + '/' + letter.partition() + '/' + letter.offset();
    return new Lost(known(letter.run(), UNREADABLE), known(letter.prompt(), where), letter.model());
  }

  /** A record on the dead-letter topic that has no such headers. */
  static Lost unreadable(Arrival arrival) {
    return new Lost(UNREADABLE, arrival.where(), "");
  }

  /** For the internal topic that brings prompts and dead letters to the partition of their verdicts. */
  default byte[] toBytes() {
    BinaryWriter out = new BinaryWriter();
    return switch (this) {
      case Asked asked -> out.putByte('A').putString(asked.run).putString(asked.prompt).putStrings(asked.models).toBytes();
      case Lost lost -> out.putByte('L').putString(lost.run).putString(lost.prompt).putString(lost.model).toBytes();
      case Answered answered -> {
        out.putByte('V').putString(answered.run).putString(answered.prompt);
        answered.reading.write(out);
        yield out.toBytes();
      }
    };
  }

  static Event fromBytes(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int kind = in.getByte();
    return switch (kind) {
      case 'A' -> new Asked(in.getString(), in.getString(), in.getStrings());
      case 'L' -> new Lost(in.getString(), in.getString(), in.getString());
      case 'V' -> new Answered(in.getString(), in.getString(), Reading.read(in));
      default -> throw new IllegalStateException("unknown kind of event " + kind);
    };
  }

  private static String known(String part, String otherwise) {
    return part.isEmpty() ? otherwise : part;
  }
}
