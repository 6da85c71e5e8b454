package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Answering.Queued;
import dev.assay.records.Answer;
import dev.assay.records.Complete;
import dev.assay.records.Declined;
import dev.assay.records.DeclinedCause;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Interactive;
import dev.assay.records.Request;
import dev.assay.records.Text;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class AnsweringTest {

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final ModelCard CARD = new ModelCard("m", "0123456789ab", "recorded", 0, 0);

  private record Scripted(Function<List<Request>, List<ModelAnswer>> script) implements AnsweringModel {
    @Override
    public ModelCard card() {
      return CARD;
    }

    @Override
    public List<ModelAnswer> answer(List<Request> batch) {
      return script.apply(batch);
    }

    @Override
    public void close() {
      // Nothing to let go.
    }
  }

  @Test
  void modelThatThrowsOnABatch_isAskedOnceMoreForEach() {
    List<Integer> sizes = new ArrayList<>();
    Tally tally = new Tally();
    List<Answer> answers =
        answer(
            tally,
            batch -> {
              sizes.add(batch.size());
              if (batch.stream().anyMatch(request -> request.getId().contains("p1"))) {
                throw new IllegalStateException("no p1");
              }
              return batch.stream().map(request -> said(request.getId(), 1)).toList();
            });
    assertThat(sizes).containsExactly(3, 1, 1, 1);
    assertThat(answers).extracting(Answer::getRequest).containsExactly("run-1/p0/m", "run-1/p1/m", "run-1/p2/m");
    assertThat(answers.get(0).getOutcome()).isEqualTo(new Text("run-1/p0/m", null, Finish.END, List.of(), List.of()));
    assertThat(((Failure) answers.get(1).getOutcome()).getReason()).contains("model m threw", "no p1");
    assertThat(answers).allSatisfy(answer -> assertThat(answer.getAnsweredAt()).isEqualTo(NOW));
    assertThat(tally.read().failures()).isEqualTo(1);
    assertThat(tally.read().batches()).isEqualTo(1);
  }

  @Test
  void wrongNumberOfResults_andStrangeOutcomes_areFailures() {
    assertThat(answer(new Tally(), _ -> List.of()))
        .allSatisfy(answer -> assertThat(((Failure) answer.getOutcome()).getReason()).contains("got 0 results for 1 requests"));
    assertThat(answer(new Tally(), batch -> batch.stream().map(_ -> new ModelAnswer("a string", 0, 0, 0)).toList()))
        .allSatisfy(answer -> assertThat(((Failure) answer.getOutcome()).getReason()).contains("java.lang.String"));
  }

  @Test
  void whatTheAskerIsToBlameFor_isAFailureToAnEvaluation_andRefusedToAClient() {
    Function<List<Request>, List<ModelAnswer>> refusing = batch -> batch.stream().map(_ -> ModelAnswer.refused("got nothing")).toList();
    Tally tally = new Tally();
    assertThat(answer(tally, refusing)).extracting(Answer::getOutcome).containsOnly(new Failure("got nothing"));
    assertThat(tally.read().failures()).isEqualTo(3);
    Complete ask = new Complete("  ", 5, List.of(), 0.0, 0, 1.0, 1L, 1.0, 1, -1, false, false);
    Request asked =
        Request.newBuilder(WorkerBench.questions("m", 0, 1).getFirst()).setWork(new Interactive(0, "g", NOW, ask)).build();
    assertThat(answer(new Tally(), refusing, List.of(asked)))
        .extracting(Answer::getOutcome)
        .containsExactly(new Declined("got nothing", DeclinedCause.REQUEST));
  }

  @Property
  void shares_sumToTheWhole_inProportionToTheTokens(
      @ForAll @LongRange(min = 0, max = 10_000_000_000L) long micros,
      @ForAll @Size(min = 1, max = 50) List<@IntRange(max = 1_000_000) Integer> tokens) {
    long[] shares = Answering.shares(micros, tokens.stream().map(count -> said("", count)).toList());
    assertThat(Arrays.stream(shares).sum()).isEqualTo(micros);
    long whole = tokens.stream().mapToLong(Integer::longValue).sum();
    for (int i = 0; i < shares.length; i++) {
      double exact = whole == 0 ? (double) micros / shares.length : (double) micros * tokens.get(i) / whole;
      // Half a microsecond of rounding at each end, and the rounding of the running sum.
      assertThat(Math.abs(shares[i] - exact)).isLessThanOrEqualTo(1.01);
    }
  }

  private static ModelAnswer said(String text, long tokens) {
    return new ModelAnswer(new Text(text, null, Finish.END, List.of(), List.of()), tokens, tokens, 0);
  }

  private static List<Answer> answer(Tally tally, Function<List<Request>, List<ModelAnswer>> script) {
    return answer(tally, script, WorkerBench.questions("m", 0, 3));
  }

  private static List<Answer> answer(Tally tally, Function<List<Request>, List<ModelAnswer>> script, List<Request> requests) {
    Deque<List<Queued>> coming =
        new ArrayDeque<>(
            List.of(requests.stream().map(request -> new Queued(request, CARD, System.nanoTime())).toList()));
    List<Answer> answers = new ArrayList<>();
    new Answering(new Scripted(script), "w", InstantSource.fixed(NOW), tally)
        .serve(
            () -> coming.isEmpty() ? List.of() : coming.remove(),
            made -> made.forEach(one -> answers.add(one.answer())));
    return answers;
  }
}
