package dev.assay.cli.plans;

import dev.assay.cli.report.TrainedVersion;
import dev.assay.records.Checkpoint;
import dev.assay.records.EvaluationState;
import dev.assay.records.Model;
import dev.assay.records.Plan;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.PlanState;
import dev.assay.records.WhenNewer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides what standing plans want done, from what the log says: plans, checkpoints, models that workers serve, and what was decided before.
 * The same knowledge gives the same actions; once they are carried out and known, it wants nothing more. Pure.
 *
 * @param window most questions of an evaluation that are produced and not yet judged, 1 or more: what a policy cannot call back
 */
public record Planner(int window) {

  /** Work for the largest batch of a worker or two, and less than a minute's on most machines. */
  public static final int USUAL_WINDOW = 128;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,40}");
  private static final int HASH_IN_A_NAME = 10;
  private static final int LONGEST_NAME = 40;

  /** Refuses a window in which nothing fits. */
  public Planner {
    if (window < 1) {
      throw new IllegalArgumentException("got a window of %d questions; expected 1 or more".formatted(window));
    }
  }

  /**
   * What is known.
   *
   * @param plans by name
   * @param announced the checkpoints
   * @param models those that workers have announced, by name
   * @param evaluations what was decided, by run
   * @param settled how many questions are judged or given up, by run
   * @param now the time that new decisions bear
   */
  public record Knowledge(
      Map<String, Plan> plans,
      Announced announced,
      Map<String, Model> models,
      Map<String, PlannedEvaluation> evaluations,
      Map<String, Long> settled,
      Instant now) {}

  /** Why a plan cannot be followed, if it cannot. */
  static Optional<String> fault(String key, Plan plan) {
    if (!key.equals(plan.getName()) || !NAME.matcher(plan.getName()).matches() || !NAME.matcher(plan.getRunPrefix()).matches()) {
      return Optional.of(
          "got the key %s, name %s and prefix %s; expected a key that is the name, and 1 to 40 letters, digits and . _ - each"
              .formatted(key, plan.getName(), plan.getRunPrefix()));
    }
    if (plan.getModels().replace(",", "").isBlank() || plan.getTasks().isEmpty()) {
      return Optional.of("got the checkpoints '%s' and the tasks %s; expected at least one of each".formatted(plan.getModels(), plan.getTasks()));
    }
    if (!(plan.getSample() > 0 && plan.getSample() <= 1 && plan.getPart() > 0 && plan.getPart() <= 1)) {
      return Optional.of("got the shares %s and %s; expected numbers above 0, up to 1".formatted(plan.getSample(), plan.getPart()));
    }
    return Optional.empty();
  }

  /** What is to be done now, in that order. */
  List<Action> next(Knowledge known) {
    List<Action> actions = new ArrayList<>();
    known.plans().values().stream().filter(Planner::isActive).forEach(plan -> actions.addAll(begin(plan, known)));
    List<PlannedEvaluation> running =
        known.evaluations().values().stream()
            .filter(one -> one.getState() == EvaluationState.RUNNING)
            .sorted(Comparator.comparing(Planner::isOfBase).thenComparing(PlannedEvaluation::getDecidedAt).thenComparing(PlannedEvaluation::getRun))
            .toList();
    boolean checkpointsWait = false;
    for (PlannedEvaluation one : running) {
      // A base has no successor that it holds up: it is asked while no checkpoint could be.
      Optional<Action> wanted = isOfBase(one) && checkpointsWait ? Optional.empty() : goOn(one, known);
      wanted.ifPresent(actions::add);
      checkpointsWait |= wanted.filter(Action.Ask.class::isInstance).isPresent();
    }
    return actions;
  }

  /** The name of the run in which a plan evaluates a checkpoint: another one for other files, and when the plan asks other questions. */
  static String run(Plan plan, String checkpoint, String sha256) {
    List<Object> asked =
        Arrays.asList(
            plan.getName(), checkpoint, sha256, plan.getTasks(), plan.getData(), plan.getLimit(), plan.getShots(), plan.getOrders(), plan.getFormat(),
            plan.getSeed(), plan.getMaxTokens(), plan.getPart());
    String hash = HexFormat.of().formatHex(Announced.digest().digest(asked.toString().getBytes(StandardCharsets.UTF_8)));
    String plain = checkpoint.replaceAll("[^A-Za-z0-9._-]", "-");
    return "%s-%s-%s".formatted(plan.getRunPrefix(), plain.substring(0, Math.min(LONGEST_NAME, plain.length())), hash.substring(0, HASH_IN_A_NAME));
  }

  private static List<Action> begin(Plan plan, Knowledge known) {
    NamePattern pattern = NamePattern.parse(plan.getModels());
    List<Action> begun = new ArrayList<>();
    List<Checkpoint> fitting = known.announced().standing().stream().filter(one -> pattern.fits(one.getName())).toList();
    for (Checkpoint one : fitting) {
      String sha256 = Announced.sha256(one);
      PlannedEvaluation evaluation =
          blank(plan, one.getName(), sha256, known.now())
              .setBase(one.getBase())
              .setJob(TrainedVersion.training(one))
              .setStep(one.getStep())
              .setEpoch(one.getEpoch())
              .build();
      if (isOpen(plan, known.evaluations().get(evaluation.getRun()))) {
        begun.add(new Action.Begin(evaluation));
      }
    }
    if (plan.getWithBase()) {
      fitting.stream()
          .map(Checkpoint::getBase)
          .filter(Objects::nonNull)
          .distinct()
          .forEach(base -> addBase(plan, known.models().get(base), known, begun));
    }
    return begun;
  }

  private static void addBase(Plan plan, @Nullable Model base, Knowledge known, List<Action> begun) {
    if (base == null || !base.getFailure().isEmpty()) {
      return;
    }
    PlannedEvaluation evaluation = blank(plan, base.getName(), base.getCheckpoint(), known.now()).build();
    if (isOpen(plan, known.evaluations().get(evaluation.getRun()))) {
      begun.add(new Action.Begin(evaluation));
    }
  }

  private static PlannedEvaluation.Builder blank(Plan plan, String name, String sha256, Instant now) {
    return PlannedEvaluation.newBuilder()
        .setRun(run(plan, name, sha256))
        .setPlan(plan.getName())
        .setCheckpoint(name)
        .setSha256(sha256)
        .setDecidedAt(now)
        .setQuestions(0);
  }

  /** Whether nothing was decided yet, or only that it failed under a plan that was replaced since. */
  private static boolean isOpen(Plan plan, @Nullable PlannedEvaluation before) {
    return before == null
        || (before.getState() == EvaluationState.FAILED && before.getAsked() == 0 && before.getDecidedAt().isBefore(plan.getCreatedAt()));
  }

  private Optional<Action> goOn(PlannedEvaluation one, Knowledge known) {
    Plan plan = known.plans().get(one.getPlan());
    if (plan == null) {
      return end(one, EvaluationState.DROPPED, "the plan " + one.getPlan() + " was removed");
    }
    if (!one.getRun().equals(run(plan, one.getCheckpoint(), one.getSha256()))) {
      return end(one, EvaluationState.DROPPED, "the plan %s asks other questions now".formatted(one.getPlan()));
    }
    if (!isOfBase(one)) {
      Optional<String> standing = known.announced().standing(one.getCheckpoint());
      if (standing.isEmpty()) {
        return end(one, EvaluationState.DROPPED, "the checkpoint was withdrawn");
      }
      if (!standing.get().equals(one.getSha256())) {
        return end(one, EvaluationState.SUPERSEDED, "the name %s was given to other files".formatted(one.getCheckpoint()));
      }
    } else if (Optional.ofNullable(known.models().get(one.getCheckpoint())).filter(base -> !base.getCheckpoint().equals(one.getSha256())).isPresent()) {
      return end(one, EvaluationState.SUPERSEDED, "workers serve another version of " + one.getCheckpoint());
    }
    Optional<Checkpoint> newer = known.announced().newer(one.getCheckpoint(), one.getSha256());
    int wanted = newer.isPresent() ? wantedWhenCut(one, plan) : one.getQuestions();
    long settled = known.settled().getOrDefault(one.getRun(), 0L);
    if (one.getAsked() < wanted) {
      return isActive(plan) ? ask(one, wanted, settled, known) : Optional.empty();
    }
    return settled < one.getAsked() ? Optional.empty() : ended(one, plan, newer);
  }

  private static int wantedWhenCut(PlannedEvaluation one, Plan plan) {
    return switch (plan.getWhenNewer()) {
      case FINISH -> one.getQuestions();
      case DROP -> one.getAsked();
      case SAMPLE -> Math.max(one.getAsked(), (int) Math.ceil(plan.getSample() * one.getQuestions()));
    };
  }

  private static Optional<Action> ended(PlannedEvaluation one, Plan plan, Optional<Checkpoint> newer) {
    if (one.getAsked() == one.getQuestions()) {
      return end(one, EvaluationState.DONE, "");
    }
    String cutBy = newer.map(Checkpoint::getName).orElse("");
    EvaluationState state = one.getAsked() > 0 && plan.getWhenNewer() == WhenNewer.SAMPLE ? EvaluationState.SAMPLED : EvaluationState.DROPPED;
    return Optional.of(
        new Action.Note(
            PlannedEvaluation.newBuilder(one)
                .setState(state)
                .setCutBy(cutBy)
                .setReason("cut short by %s after %d of %d questions".formatted(cutBy, one.getAsked(), one.getQuestions()))
                .build()));
  }

  private Optional<Action> ask(PlannedEvaluation one, int wanted, long settled, Knowledge known) {
    Model model = known.models().get(one.getCheckpoint());
    if (model == null) {
      return Optional.empty();
    }
    if (!model.getFailure().isEmpty()) {
      return model.getFailure().equals(one.getReason())
          ? Optional.empty()
          : Optional.of(new Action.Note(PlannedEvaluation.newBuilder(one).setReason(model.getFailure()).build()));
    }
    if (one.getServed().isEmpty() ? isStillAnother(one, model, known) : !one.getServed().equals(model.getCheckpoint())) {
      return Optional.empty();
    }
    int until = (int) Math.min(wanted, settled + window);
    // Half a window at a time: a record for each single question would cost more than the question.
    boolean worthwhile = until == wanted ? until > one.getAsked() : until >= one.getAsked() + (window + 1) / 2;
    return worthwhile
        ? Optional.of(
            new Action.Ask(
                PlannedEvaluation.newBuilder(one).setServed(model.getCheckpoint()).setAsked(until).setReason("").build(), one.getAsked()))
        : Optional.empty();
  }

  /** Whether the worker that announces the name still serves the files that had it before. */
  private static boolean isStillAnother(PlannedEvaluation one, Model model, Knowledge known) {
    return !isOfBase(one)
        && known.evaluations().values().stream()
            .anyMatch(
                other ->
                    other.getCheckpoint().equals(one.getCheckpoint())
                        && !other.getSha256().equals(one.getSha256())
                        && other.getServed().equals(model.getCheckpoint()));
  }

  private static Optional<Action> end(PlannedEvaluation one, EvaluationState state, String reason) {
    return Optional.of(new Action.Note(PlannedEvaluation.newBuilder(one).setState(state).setReason(reason).build()));
  }

  /** A base belongs to no training; a checkpoint that names none is one of its own. */
  private static boolean isOfBase(PlannedEvaluation one) {
    return one.getJob().isEmpty();
  }

  private static boolean isActive(Plan plan) {
    return plan.getState() == PlanState.ACTIVE;
  }
}
