package dev.assay.inference.worker;

import dev.assay.inference.ModelAnswer;
import dev.assay.records.Complete;
import dev.assay.records.Completed;
import dev.assay.records.Conversation;
import dev.assay.records.Declined;
import dev.assay.records.DeclinedCause;
import dev.assay.records.Ending;
import dev.assay.records.Generate;
import dev.assay.records.Interactive;
import dev.assay.records.Message;
import dev.assay.records.Request;
import dev.assay.records.Sample;
import dev.assay.records.Text;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Interactive work for a model that knows no tokens: a text in, a text out, as an evaluation would ask for it. */
final class PlainWork {

  /** For a client who sets no limit: such a model has no window that would. */
  private static final int MOST_TOKENS = 1024;

  private PlainWork() {}

  /**
   * The same request as work that such a model does.
   *
   * @throws IllegalArgumentException when it asks for what such a model cannot give; the message says what
   */
  static Request plain(Request request, Interactive interactive) {
    if (!(interactive.getAsk() instanceof Complete ask)) {
      throw new IllegalArgumentException("model %s has no tokenizer; ask a language model".formatted(request.getModel()));
    }
    if (ask.getEcho() || ask.getAlternatives() >= 0) {
      throw new IllegalArgumentException(
          "model %s has no tokens and gives no log-probabilities of them; leave out echo and logprobs, or ask a language model"
              .formatted(request.getModel()));
    }
    String prompt =
        switch (ask.getPrompt()) {
          case String text -> text;
          case Conversation conversation -> conversation.getMessages().stream().map(Message::getContent).collect(Collectors.joining("\n"));
          default ->
              throw new IllegalArgumentException("model %s has no tokenizer; send the prompt as a text".formatted(request.getModel()));
        };
    Generate generate =
        new Generate(
            prompt,
            ask.getMaxTokens() < 0 ? MOST_TOKENS : ask.getMaxTokens(),
            ask.getStop(),
            ask.getTemperature(),
            ask.getTopK(),
            ask.getTopP(),
            ask.getSeed(),
            ask.getRepetitionPenalty(),
            1,
            false);
    return Request.newBuilder(request).setWork(generate).build();
  }

  /** Such a model's answer as a client's; it knows one text, whatever number was asked for. */
  static ModelAnswer interactive(Interactive interactive, ModelAnswer answer) {
    if (!(answer.outcome() instanceof Text text) || !(interactive.getAsk() instanceof Complete ask)) {
      return answer;
    }
    Sample sample = new Sample(text.getText(), Ending.valueOf(text.getFinish().name()), Math.toIntExact(answer.tokensGenerated()), List.of());
    Completed completed =
        new Completed(
            "", Math.toIntExact(answer.tokensAsked()), List.of(), IntStream.range(0, ask.getSamples()).mapToObj(_ -> sample).toList());
    return new ModelAnswer(completed, answer.tokensAsked(), answer.tokensComputed(), answer.tokensGenerated());
  }

  /** The answer that says that such a model cannot do it. */
  static ModelAnswer unsupported(IllegalArgumentException why) {
    return new ModelAnswer(new Declined(String.valueOf(why.getMessage()), DeclinedCause.UNSUPPORTED), 0, 0, 0);
  }
}
