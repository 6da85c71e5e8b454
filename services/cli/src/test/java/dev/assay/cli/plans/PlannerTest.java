package dev.assay.cli.plans;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import dev.assay.records.EvaluationState;
import dev.assay.records.Model;
import dev.assay.records.Plan;
import dev.assay.records.PlanState;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.WhenNewer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What a planner wants, as checkpoints come in whatever order and it is ended whenever. */
final class PlannerTest {

  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private static final int QUESTIONS = 100;
  private static final int WINDOW = 10;

  private final World world = new World();

  /** The log, and someone who carries out what the planner wants. */
  private static final class World {
    final Map<String, Plan> plans = new TreeMap<>();
    final Announced announced = new Announced();
    final Map<String, Model> models = new TreeMap<>();
    final Map<String, PlannedEvaluation> evaluations = new TreeMap<>();
    final Map<String, Long> settled = new HashMap<>();
    final Map<String, Integer> produced = new TreeMap<>();

    void announce(Checkpoint checkpoint) {
      announced.take(checkpoint.getName(), checkpoint);
      serve(checkpoint.getName(), Announced.sha256(checkpoint).substring(0, 12), "");
    }

    void serve(String name, String version, String failure) {
      models.put(
          name,
          Model.newBuilder().setName(name).setCheckpoint(version).setKind("language").setTopic(name).setContextTokens(0).setParameters(0).setWorker("w").setAnnouncedAt(START)
              .setFailure(failure).build());
    }

    List<Action> wanted() {
      return new Planner(WINDOW).next(new Planner.Knowledge(plans, announced, models, evaluations, settled, START));
    }

    List<Action> round() {
      List<Action> actions = wanted();
      for (Action action : actions) {
        PlannedEvaluation one = action.evaluation();
        switch (action) {
          case Action.Begin _ -> evaluations.put(one.getRun(), PlannedEvaluation.newBuilder(one).setQuestions(QUESTIONS).setQuestionsSha256("q").build());
          case Action.Ask ask -> {
            assertThat(ask.from()).isEqualTo(produced.getOrDefault(one.getRun(), 0));
            assertThat(one.getAsked() - settled.getOrDefault(one.getRun(), 0L)).isBetween(1L, (long) WINDOW);
            produced.put(one.getRun(), one.getAsked());
            evaluations.put(one.getRun(), one);
          }
          case Action.Note _ -> evaluations.put(one.getRun(), one);
        }
      }
      return actions;
    }

    void judge() {
      produced.forEach((run, n) -> settled.put(run, (long) n));
    }

    /** Until nothing is wanted any more. */
    void settle() {
      for (int round = 0; round < 1000; round++) {
        judge();
        if (round().isEmpty()) {
          return;
        }
      }
      throw new AssertionError("the planner never rests: " + evaluations);
    }

    PlannedEvaluation of(String checkpoint) {
      return evaluations.values().stream().filter(one -> one.getCheckpoint().equals(checkpoint)).findFirst().orElseThrow();
    }
  }

  private static Plan.Builder plan(WhenNewer policy) {
    return Plan.newBuilder().setName("p").setCreatedAt(START).setRunPrefix("nightly").setTasks(List.of("starter")).setModels("job@*").setWhenNewer(policy);
  }

  private static Checkpoint checkpoint(int step) {
    return checkpoint(step, "content of " + step);
  }

  private static Checkpoint checkpoint(int step, String content) {
    String hash = "%064x".formatted(content.hashCode());
    return new Checkpoint(
        "job@" + step, "base", "file:///" + step, List.of(new CheckpointFile("adapter_model.safetensors", hash, 1L)), (long) step, step / 10.0, "job", START, Map.of());
  }

  @Test
  void checkpoint_isAskedAllQuestions_andItsBaseOnce_afterwards() {
    world.plans.put("p", plan(WhenNewer.FINISH).build());
    world.serve("base", "ba5e", "");
    assertThat(world.round()).isEmpty();
    world.announce(checkpoint(5));
    world.round();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getCheckpoint).containsExactlyInAnyOrder("job@5", "base");
    world.round();
    assertThat(world.of("base").getAsked()).as("the checkpoint goes first").isZero();
    world.announce(checkpoint(6));
    world.settle();
    assertThat(world.evaluations.values()).hasSize(3).allSatisfy(
        one -> {
          assertThat(one.getState()).isEqualTo(EvaluationState.DONE);
          assertThat(one.getAsked()).isEqualTo(QUESTIONS);
        });
    assertThat(world.of("job@5").getRun()).startsWith("nightly-job-5-");
    assertThat(world.of("job@5").getServed()).isEqualTo(world.models.get("job@5").getCheckpoint());
  }

  @Test
  void checkpointThatDoesNotFit_orNobodyServes_orCannotBeLoaded_isNotAsked() {
    world.plans.put("p", plan(WhenNewer.FINISH).build());
    world.announced.take("other@1", Checkpoint.newBuilder(checkpoint(1)).setName("other@1").build());
    world.announced.take("job@2", checkpoint(2));
    world.settle();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getCheckpoint).containsExactly("job@2");
    assertThat(world.produced).isEmpty();
    world.serve("job@2", "none", "the adapter could not be loaded: sha256");
    world.settle();
    assertThat(world.produced).isEmpty();
    assertThat(world.of("job@2").getReason()).contains("sha256");
    world.serve("job@2", "f00d", "");
    world.settle();
    assertThat(world.of("job@2").getState()).isEqualTo(EvaluationState.DONE);
    assertThat(world.of("job@2").getReason()).isEmpty();
  }

  @Test
  void newer_dropsOrSamplesOrLetsFinish_asThePlanSays() {
    for (WhenNewer policy : WhenNewer.values()) {
      World one = new World();
      one.plans.put("p", plan(policy).setSample(0.25).setWithBase(false).build());
      one.announce(checkpoint(1));
      one.round();
      one.round();
      one.announce(checkpoint(2));
      one.settle();
      PlannedEvaluation old = one.of("job@1");
      assertThat(one.of("job@2").getState()).isEqualTo(EvaluationState.DONE);
      switch (policy) {
        case FINISH -> assertThat(old.getState()).isEqualTo(EvaluationState.DONE);
        case DROP -> {
          assertThat(old.getState()).isEqualTo(EvaluationState.DROPPED);
          assertThat(old.getAsked()).isEqualTo(WINDOW);
          assertThat(old.getCutBy()).isEqualTo("job@2");
        }
        case SAMPLE -> {
          assertThat(old.getState()).isEqualTo(EvaluationState.SAMPLED);
          assertThat(old.getAsked()).isEqualTo(QUESTIONS / 4);
          assertThat(old.getReason()).contains("job@2", "25 of 100");
        }
      }
    }
  }

  @Test
  void lateCheckpoint_isNotCutByTheOneThatOvertookIt() {
    world.plans.put("p", plan(WhenNewer.DROP).setWithBase(false).build());
    world.announce(checkpoint(4));
    world.announce(checkpoint(2));
    world.settle();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getState).containsOnly(EvaluationState.DONE).hasSize(2);
  }

  @Test
  void sameNameWithOtherFiles_isAnotherCheckpoint_whichWaitsUntilItIsServed() {
    world.plans.put("p", plan(WhenNewer.FINISH).setWithBase(false).build());
    world.announce(checkpoint(1));
    world.round();
    world.round();
    PlannedEvaluation before = world.of("job@1");
    assertThat(before.getAsked()).isEqualTo(WINDOW);
    world.announced.take("job@1", checkpoint(1, "other content"));
    world.judge();
    world.settle();
    assertThat(world.evaluations.get(before.getRun()).getState()).isEqualTo(EvaluationState.SUPERSEDED);
    assertThat(world.produced).as("the worker has the old files still").containsOnlyKeys(before.getRun());
    world.announce(checkpoint(1, "other content"));
    world.settle();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getState).containsExactlyInAnyOrder(EvaluationState.SUPERSEDED, EvaluationState.DONE);
  }

  @Test
  void withdrawnCheckpoint_removedPlan_andOtherQuestions_endIt_stoppedPlanPausesIt() {
    world.plans.put("p", plan(WhenNewer.FINISH).setWithBase(false).build());
    world.announce(checkpoint(1));
    world.announce(checkpoint(2));
    world.round();
    world.round();
    world.plans.put("p", plan(WhenNewer.FINISH).setWithBase(false).setState(PlanState.STOPPED).build());
    world.settle();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getState).containsOnly(EvaluationState.RUNNING);
    world.plans.put("p", plan(WhenNewer.FINISH).setWithBase(false).build());
    world.announced.take("job@1", null);
    world.settle();
    assertThat(world.of("job@1").getState()).isEqualTo(EvaluationState.DROPPED);
    assertThat(world.of("job@2").getState()).isEqualTo(EvaluationState.DONE);
    world.plans.put("p", plan(WhenNewer.FINISH).setWithBase(false).setShots(5).build());
    world.round();
    assertThat(world.evaluations).as("asked otherwise: another run").hasSize(3);
    world.plans.clear();
    world.settle();
    assertThat(world.evaluations.values()).extracting(PlannedEvaluation::getState).doesNotContain(EvaluationState.RUNNING);
  }

  /** Whatever comes when, however often, and whenever the planner is ended: each checkpoint is asked each question once. */
  @Property(tries = 200)
  void anyOrder_andAnyRestart_askEachQuestionOfEachCheckpointOnce(@ForAll @IntRange(min = 1, max = 6) int checkpoints, @ForAll long seed) {
    Random random = new Random(seed);
    World one = new World();
    one.plans.put("p", plan(WhenNewer.FINISH).build());
    one.serve("base", "ba5e", "");
    List<Checkpoint> events = new ArrayList<>();
    for (int step = 1; step <= checkpoints; step++) {
      events.add(checkpoint(step));
      events.add(checkpoint(step));
    }
    Collections.shuffle(events, random);
    for (Checkpoint event : events) {
      one.announce(event);
      if (random.nextBoolean()) {
        one.judge();
      }
      one.round();
      if (random.nextInt(4) == 0) {
        // Killed before it could say what it had produced: whoever comes next finds that on the log.
        one.evaluations.replaceAll((run, of) -> PlannedEvaluation.newBuilder(of).setAsked(one.produced.getOrDefault(run, 0)).build());
      }
    }
    one.settle();
    assertThat(one.evaluations).hasSize(checkpoints + 1);
    assertThat(one.produced.values()).hasSize(checkpoints + 1).containsOnly(QUESTIONS);
    assertThat(one.evaluations.values()).extracting(PlannedEvaluation::getState).containsOnly(EvaluationState.DONE);
  }

  @Test
  void planThatMakesNoSense_isNamed() {
    assertThat(Planner.fault("p", plan(WhenNewer.DROP).build())).isEmpty();
    assertThat(Planner.fault("q", plan(WhenNewer.DROP).build()).orElseThrow()).contains("key q");
    assertThat(Planner.fault("p", plan(WhenNewer.DROP).setRunPrefix("a b").build()).orElseThrow()).contains("a b");
    assertThat(Planner.fault("p", plan(WhenNewer.DROP).setModels(" , ").build()).orElseThrow()).contains("at least one");
    assertThat(Planner.fault("p", plan(WhenNewer.SAMPLE).setSample(Double.NaN).build()).orElseThrow()).contains("NaN");
  }

  @Test
  void patterns_fitWholeNames() {
    NamePattern pattern = NamePattern.parse("tuned@*, best@?");
    assertThat(pattern.fits("tuned@100")).isTrue();
    assertThat(pattern.fits("best@1")).isTrue();
    assertThat(pattern.fits("best@10")).isFalse();
    assertThat(pattern.fits("not tuned@1")).isFalse();
    assertThat(NamePattern.parse("a.c@1").fits("abc@1")).as("a dot stands for itself").isFalse();
  }
}
