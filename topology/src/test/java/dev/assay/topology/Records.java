package dev.assay.topology;

import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Generation;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.Topics;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Records that tests begin from. */
public final class Records {
  private Records() {}

  public static Choice.Builder choice() {
    return Choice.newBuilder()
        .setQuestion("Which planet is the largest?")
        .setOptions(List.of("Mars", "Jupiter", "Venus"))
        .setGold(List.of(1));
  }

  public static Generation.Builder generation() {
    return Generation.newBuilder().setInput("Q: How many legs have two cats?\nA:").setReferences(List.of("8"));
  }

  public static Prompt.Builder prompt(Object ask) {
    return Prompt.newBuilder().setId("p1").setRun("r1").setTask("planets").setModels(List.of("m1")).setAsk(ask);
  }

  public static Model model(String name) {
    return Model.newBuilder()
        .setName(name)
        .setCheckpoint("c1")
        .setKind("language")
        .setTopic(Topics.requests(name))
        .setContextTokens(0)
        .setParameters(0)
        .setWorker("w1")
        .setAnnouncedAt(Stage.START)
        .build();
  }

  public static Envelope envelope(String run, String prompt, Object gold) {
    return new Envelope(run, prompt, "planets", TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "", 0, 7L, Stage.START, gold, List.of(), null, null);
  }

  public static ChoiceGold gold(int options, Integer... right) {
    List<String> labels = IntStream.range(0, options).mapToObj(i -> String.valueOf((char) ('A' + i))).toList();
    return new ChoiceGold(options, List.of(right), labels, 1, 0, null);
  }

  public static TextGold textGold(String... references) {
    return new TextGold(List.of(references), List.of("exact_match"));
  }

  /** What a model answers that gives each option and each place what they are worth to it, with noise that depends on the order alone. */
  public static Votes votes(Request request, double[] options, double[] places, double noise) {
    return new Votes(
        ((Score) request.getWork())
            .getVariants().stream()
                .map(
                    variant ->
                        new Vote(
                            variant.getOrder(),
                            IntStream.range(0, options.length)
                                .mapToObj(place -> -9 + options[variant.getOrder().get(place)] + places[place] + noise(variant.getOrder(), place, noise))
                                .toList()))
                .toList());
  }

  private static double noise(List<Integer> order, int place, double noise) {
    return noise * (new SplittableRandom(31L * order.hashCode() + place).nextDouble() - 0.5);
  }

  /** An answer made so many milliseconds after the start. */
  public static Answer answer(Envelope envelope, String model, Object outcome, long afterMillis) {
    return new Answer(
        "request", model, "c1", "w1", envelope, outcome, 100L, 60L, 0L, 5L, 700L, Stage.START.plusMillis(afterMillis), 0L, null);
  }

  /** One vote a list of log-probabilities: the first in published order, each next one rotated by one more. */
  public static Votes votes(double[]... logProbs) {
    return new Votes(
        IntStream.range(0, logProbs.length)
            .mapToObj(by -> new Vote(rotation(by, logProbs[by].length), Arrays.stream(logProbs[by]).boxed().toList()))
            .toList());
  }

  public static Text text(String text) {
    return new Text(text, null, Finish.STOP, List.of(), List.of());
  }

  public static Failure failure(String reason) {
    return new Failure(reason);
  }

  private static List<Integer> rotation(int by, int options) {
    return IntStream.range(0, options).mapToObj(position -> (position + by) % options).toList();
  }
}
