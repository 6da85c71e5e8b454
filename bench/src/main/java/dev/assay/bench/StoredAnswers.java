package dev.assay.bench;

import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Finish;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import dev.assay.records.Text;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.intake.PromptRenderer;
import dev.assay.topology.scoring.TaskTyping;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Answers as they lie in the log, without anybody having been asked: what a run leaves, made as fast as it can be written. */
public final class StoredAnswers {

  private static final Instant PROMPTED = Instant.parse("2026-03-01T12:00:00Z");
  private static final double SKILL = 0.8;
  private static final double NOISE = 2.0;
  private static final double RIGHT_TEXTS = 0.6;

  private StoredAnswers() {}

  /** The answers of every model to every prompt of a run, in the order of the prompts; the same for the same names and numbers but for the run. */
  public static Stream<ProducerRecord<String, byte[]>> of(SchemaRegistryClient registry, QuestionSet questions, String run, int size, List<String> models) {
    RecordCodec<Answer> codec = RecordCodec.of(registry, Answer.class);
    return questions.prompts(run, size, models).stream()
        .flatMap(prompt -> models.stream().map(model -> answer(prompt, model)))
        .map(answer -> new ProducerRecord<>(Topics.ANSWERS, answer.getEnvelope().getPrompt(), codec.encode(Topics.ANSWERS, answer)));
  }

  private static Answer answer(Prompt prompt, String model) {
    SplittableRandom random = new SplittableRandom(31L * model.hashCode() + prompt.getId().hashCode());
    Object gold = PromptRenderer.gold(prompt, 0);
    Object outcome =
        switch (prompt.getAsk()) {
          case Choice _ -> votes(PromptRenderer.orders(prompt, 0), ((ChoiceGold) gold).getRight().getFirst(), random);
          case Generation generation ->
              new Text(
                  random.nextDouble() < RIGHT_TEXTS ? generation.getReferences().getFirst() : "the mill was sold in the spring",
                  null, Finish.STOP, List.of(), List.of());
          default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
        };
    Envelope envelope =
        new Envelope(
            prompt.getRun(), prompt.getId(), prompt.getTask(), prompt.getTaskType(), TaskTyping.skillOf(prompt.getTaskType()), prompt.getSource(),
            -1, -1L, PROMPTED, gold, prompt.getModels(), null, null);
    return new Answer(
        "stored/" + prompt.getId() + "/" + model, model, "c0ffee", "nobody", envelope, outcome, 400L, 120L, 0L, 10L, 1_000L,
        PROMPTED.plusMillis(random.nextInt(100_000)), 0L, null);
  }

  private static Votes votes(List<List<Integer>> orders, int gold, SplittableRandom random) {
    return new Votes(orders.stream().map(order -> vote(order, gold, random)).toList());
  }

  private static Vote vote(List<Integer> order, int gold, SplittableRandom random) {
    double[] logits = order.stream().mapToDouble(option -> random.nextDouble(NOISE) + (option == gold ? SKILL : 0)).toArray();
    double whole = 0;
    for (double logit : logits) {
      whole += Math.exp(logit);
    }
    double norm = Math.log(whole);
    return new Vote(order, Arrays.stream(logits).mapToObj(logit -> Math.min(0, logit - norm)).toList());
  }
}
