package dev.assay.cli.replay;

import dev.assay.records.Answer;
import dev.assay.records.Envelope;
import dev.assay.records.Origin;
import dev.assay.topology.Subject;
import dev.assay.topology.routing.Votes;
import java.time.Instant;
import java.util.List;

/** Which part of a run a replay takes. Pure. */
final class Selection {

  private final Origin origin;

  Selection(Origin origin) {
    this.origin = origin;
  }

  /** Whether every prompt of the run is taken. */
  boolean takesAllPrompts() {
    return origin.getTasks().isEmpty() && origin.getFrom() == null && origin.getUntil() == null;
  }

  /** Whether a prompt is taken. */
  boolean takes(String run, String task, Instant promptedAt) {
    return run.equals(origin.getRun())
        && (origin.getTasks().isEmpty() || origin.getTasks().stream().anyMatch(beginning -> isBelow(task, beginning)))
        && (origin.getFrom() == null || !promptedAt.isBefore(origin.getFrom()))
        && (origin.getUntil() == null || promptedAt.isBefore(origin.getUntil()));
  }

  /** Whether a model's answers are taken; those of virtual models are made of the others'. */
  boolean takes(String model) {
    return origin.getModels().isEmpty() || origin.getModels().contains(model);
  }

  /** Whether an answer is taken, under one of the names that it counts for at least. */
  boolean takes(Answer answer) {
    return Subject.names(answer.getEnvelope(), answer.getModel()).stream().anyMatch(this::takes);
  }

  /** An answer in the name of another run, under the names that are taken. */
  Answer under(String run, Answer answer) {
    Envelope envelope = answer.getEnvelope();
    Envelope here =
        new Envelope(
            run,
            envelope.getPrompt(),
            envelope.getTask(),
            envelope.getTaskType(),
            envelope.getSkill(),
            envelope.getSource(),
            envelope.getPartition(),
            envelope.getOffset(),
            envelope.getPromptedAt(),
            envelope.getGold(),
            taken(envelope.getModels()),
            envelope.getPerturbation(),
            takes(Votes.ROUTER) ? envelope.getRouted() : null);
    return new Answer(
        answer.getRequest(),
        answer.getModel(),
        answer.getCheckpoint(),
        answer.getWorker(),
        here,
        answer.getOutcome(),
        answer.getTokensAsked(),
        answer.getTokensComputed(),
        answer.getTokensGenerated(),
        answer.getQueuedMicros(),
        answer.getComputeMicros(),
        answer.getAnsweredAt(),
        answer.getTokensCut(),
        answer.getCostMicros());
  }

  /** Those of the models that are taken, in their order. */
  List<String> taken(List<String> models) {
    return origin.getModels().isEmpty() ? models : models.stream().filter(this::takes).toList();
  }

  private static boolean isBelow(String task, String beginning) {
    return task.equals(beginning) || task.startsWith(beginning + "/");
  }
}
