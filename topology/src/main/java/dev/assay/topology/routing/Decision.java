package dev.assay.topology.routing;

import dev.assay.records.Basis;
import dev.assay.topology.routing.policy.Choice;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was decided about a prompt by the knowledge of the moment. It is in the {@link Basis} of the verdict, from where a replay takes it.
 *
 * @param rule the merging rule or the policy
 * @param weights by model; of a router's choice the models that had to be asked, each with 1
 * @param chosen the router's model; empty for weights
 * @param reason why
 * @param evidence what it rests on
 * @param decidedAt when it was decided, in milliseconds since 1970; 0 where there was nothing to decide
 * @param routeDecidedAt when the route in force was, 0 without one
 */
record Decision(
    String rule,
    SortedMap<String, Double> weights,
    Optional<String> chosen,
    String reason,
    List<String> evidence,
    long decidedAt,
    long routeDecidedAt) {
  /** What a router says while the model that it decided for has not answered; no part of the decision. */
  static final String NOT_ANSWERED = "fallback, since the model has not answered: ";

  Decision {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    evidence = List.copyOf(evidence);
  }

  /** The decision to weigh models so. */
  static Decision weighing(String rule, Map<String, Double> weights, long decidedAt) {
    return new Decision(rule, new TreeMap<>(weights), Optional.empty(), "", List.of(), decidedAt, 0);
  }

  /** A rule that needs no decision. */
  static Decision none(String rule) {
    return weighing(rule, Map.of(), 0);
  }

  /** The decision for a model. */
  static Decision routing(String policy, Choice choice, long decidedAt, long routeDecidedAt) {
    SortedMap<String, Double> asked = new TreeMap<>();
    choice.asked().forEach(model -> asked.put(model, 1.0));
    return new Decision(policy, asked, Optional.of(choice.model()), choice.reason(), choice.evidence(), decidedAt, routeDecidedAt);
  }

  /** What of a basis was decided, rather than found: the same whoever had answered by then. */
  static Decision of(Basis basis) {
    String reason = basis.getReason();
    return new Decision(
        basis.getRule(),
        new TreeMap<>(basis.getWeights()),
        Optional.ofNullable(basis.getChosen()),
        reason.startsWith(NOT_ANSWERED) ? reason.substring(NOT_ANSWERED.length()) : reason,
        basis.getEvidence(),
        basis.getDecidedAt(),
        basis.getRouteDecidedAt());
  }

  /** Whether this decision stands before another about the same: the earlier one does, and of two of one millisecond that which sorts first. */
  boolean goesBefore(Decision other) {
    return decidedAt != other.decidedAt ? decidedAt < other.decidedAt : toString().compareTo(other.toString()) < 0;
  }

  void write(DataOutputStream out) throws IOException {
    out.writeUTF(rule);
    out.writeInt(weights.size());
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      out.writeUTF(weight.getKey());
      out.writeDouble(weight.getValue());
    }
    out.writeUTF(chosen.orElse(""));
    out.writeUTF(reason);
    out.writeInt(evidence.size());
    for (String cell : evidence) {
      out.writeUTF(cell);
    }
    out.writeLong(decidedAt);
    out.writeLong(routeDecidedAt);
  }

  static Decision read(DataInputStream in) throws IOException {
    String rule = in.readUTF();
    SortedMap<String, Double> weights = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      weights.put(in.readUTF(), in.readDouble());
    }
    String chosen = in.readUTF();
    String reason = in.readUTF();
    List<String> evidence = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      evidence.add(in.readUTF());
    }
    return new Decision(rule, weights, chosen.isEmpty() ? Optional.empty() : Optional.of(chosen), reason, evidence, in.readLong(), in.readLong());
  }
}
