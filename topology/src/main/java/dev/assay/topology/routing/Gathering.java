package dev.assay.topology.routing;

import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The verdicts on one prompt of one run, and what was decided about it. What is made of them is a function of this alone.
 *
 * @param members the verdicts of the models, by model and checkpoint
 * @param decisions by virtual model: what was decided by the knowledge of the moment
 * @param merged whether a merged verdict was made
 */
record Gathering(List<Verdict> members, SortedMap<String, Decision> decisions, boolean merged) {
  private static final int FORM = 1;

  static final Gathering NEW = new Gathering(List.of(), new TreeMap<>(), false);

  Gathering {
    members = List.copyOf(members);
  }

  /** With a model's verdict: the answer that was made first counts; the same answer judged anew replaces what it was judged before. */
  Gathering withMember(Verdict verdict) {
    List<Verdict> after = new ArrayList<>();
    for (Verdict member : members) {
      if (!isSame(member, verdict)) {
        after.add(member);
      } else if (member.getAnsweredAt().isBefore(verdict.getAnsweredAt()) || member.equals(verdict)) {
        return this;
      }
    }
    after.add(verdict);
    after.sort(Comparator.comparing(Verdict::getModel).thenComparing(Verdict::getCheckpoint));
    return new Gathering(after, decisions, merged);
  }

  /** With what the log holds as decided: the earliest decision stands, in whatever order they are read. */
  Gathering withRecorded(String virtual, Decision decision) {
    Decision before = decisions.get(virtual);
    return before == null || decision.goesBefore(before) ? with(virtual, decision) : this;
  }

  Gathering with(String virtual, Decision decision) {
    SortedMap<String, Decision> after = new TreeMap<>(decisions);
    after.put(virtual, decision);
    return new Gathering(members, after, merged);
  }

  Gathering asMerged() {
    return new Gathering(members, decisions, true);
  }

  /** The models that the prompt asks and that have not answered. */
  List<String> missing() {
    Set<String> missing = new TreeSet<>();
    members.forEach(member -> missing.addAll(member.getAsked()));
    members.forEach(member -> missing.remove(member.getModel()));
    missing.removeIf(Votes::isVirtual);
    return List.copyOf(missing);
  }

  Map<String, Verdict> byModel() {
    Map<String, Verdict> byModel = new TreeMap<>();
    members.forEach(member -> byModel.put(member.getModel(), member));
    return byModel;
  }

  byte[] toBytes(RecordCodec<Verdict> codec) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORM);
      out.writeBoolean(merged);
      out.writeInt(members.size());
      for (Verdict member : members) {
        byte[] encoded = codec.encode(Topics.VERDICTS, member);
        out.writeInt(encoded.length);
        out.write(encoded);
      }
      out.writeInt(decisions.size());
      for (Map.Entry<String, Decision> entry : decisions.entrySet()) {
        out.writeUTF(entry.getKey());
        entry.getValue().write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Gathering fromBytes(byte[] bytes, RecordCodec<Verdict> codec) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int form = in.readByte();
      if (form != FORM) {
        throw new IllegalStateException("got a gathering of form %d; expected %d".formatted(form, FORM));
      }
      boolean merged = in.readBoolean();
      List<Verdict> members = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        members.add(codec.decode(in.readNBytes(in.readInt())));
      }
      SortedMap<String, Decision> decisions = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String virtual = in.readUTF();
        decisions.put(virtual, Decision.read(in));
      }
      return new Gathering(members, decisions, merged);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSame(Verdict one, Verdict other) {
    return one.getModel().equals(other.getModel()) && one.getCheckpoint().equals(other.getCheckpoint());
  }
}
