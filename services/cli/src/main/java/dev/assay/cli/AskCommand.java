package dev.assay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.llm.GenerateOutcome;
import dev.assay.inference.llm.GenerateText;
import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.Sampling;
import dev.assay.inference.llm.ScoreOutcome;
import dev.assay.inference.llm.ScoreText;
import dev.assay.inference.llm.Truncation;
import dev.assay.inference.remote.RemoteModel;
import dev.assay.inference.remote.RemoteSpec;
import dev.assay.records.Envelope;
import dev.assay.records.Declined;
import dev.assay.records.Failure;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Variant;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One language model, no Kafka. */
@Command(
    name = "ask",
    description = {
      "Puts the lines of a file to one language model, without Kafka, and prints a JSON object a line:",
      "  {\"prompt\", \"continuations\": […]}  gives  {\"logprobs\": […]}",
      "  {\"prompt\", \"max_tokens\"}          gives  {\"text\", \"token_ids\"}",
      "A model behind a server (openai:…) gives the tokens that its server counts, and the cost where a price is known, instead of token_ids;",
      "and {\"text\"} for continuations, where it has written a letter.",
      "A line that the model refuses gives {\"error\"}, and exit status 1."
    },
    footer = "  assay ask --model smollm2-135m-instruct questions.jsonl")
final class AskCommand implements Callable<Integer> {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int BATCH = 32;

  /** Enough to keep all calls busy that a server allows. */
  private static final int REMOTE_BATCH = 256;

  private static final int DEFAULT_TOKENS = 64;

  private final Context context;

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The model, as 'assay eval --models' takes it.")
  private String model = "";

  @Parameters(paramLabel = "FILE.jsonl", description = "The questions; - reads standard input.")
  private Path file = Path.of("-");

  private boolean refused;

  AskCommand(Context context) {
    this.context = context;
  }

  /** A line of the file. */
  private sealed interface Question {
    record Scored(ScoreText text) implements Question {}

    record Generated(GenerateText text) implements Question {}
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Question> questions = read();
    NamedModel spec = parsed();
    OpenedModel.fetch(List.of(spec), context.console());
    if (spec.origin() instanceof NamedModel.Origin.Remote(RemoteSpec remote)) {
      try (RemoteModel opened = OpenedModel.remote(remote, spec.name())) {
        ask(opened, questions);
      }
      return refused ? 1 : 0;
    }
    try (LanguageModel opened = OpenedModel.language(spec)) {
      for (int from = 0; from < questions.size() && !context.interruption().requested(); from += BATCH) {
        answer(opened, questions.subList(from, Math.min(from + BATCH, questions.size()))).forEach(line -> context.console().line(line.toString()));
      }
    }
    return refused ? 1 : 0;
  }

  private void ask(RemoteModel opened, List<Question> questions) {
    for (int from = 0; from < questions.size() && !context.interruption().requested(); from += REMOTE_BATCH) {
      List<Request> requests =
          questions.subList(from, Math.min(from + REMOTE_BATCH, questions.size())).stream().map(one -> request(one, opened.card().name())).toList();
      opened.answer(requests).forEach(answer -> context.console().line(line(answer).toString()));
    }
  }

  /** The question as a worker gets it, of no run. */
  private static Request request(Question question, String model) {
    Object work =
        switch (question) {
          case Question.Scored(ScoreText text) -> {
            List<Integer> order = IntStream.range(0, text.continuations().size()).boxed().toList();
            yield new Score("", List.of(), List.of(new Variant(order, text.context(), text.continuations())));
          }
          case Question.Generated(GenerateText text) ->
              new Generate(
                  "",
                  text.maxTokens(),
                  text.stop(),
                  text.sampling().temperature(),
                  text.sampling().topK(),
                  text.sampling().topP(),
                  text.sampling().seed(),
                  text.sampling().repetitionPenalty(),
                  1,
                  false);
        };
    String prefix = question instanceof Question.Generated(GenerateText text) ? text.prompt() : "";
    Envelope none =
        new Envelope("", "", "", TaskType.OTHER, Skill.OTHER, "ask", -1, -1L, Instant.EPOCH, new TextGold(List.of(), List.of()), List.of(), null, null);
    return new Request("ask", model, none, prefix, work, Instant.EPOCH, dev.assay.records.Truncation.REFUSE);
  }

  private ObjectNode line(ModelAnswer answer) {
    ObjectNode line = JSON.createObjectNode();
    switch (answer.outcome()) {
      case Votes votes -> votes.getVotes().getFirst().getLogProbs().forEach(line.putArray("logprobs")::add);
      case Text text -> line.put("text", text.getText());
      case Failure failure -> {
        return error(failure.getReason());
      }
      case Declined declined -> {
        return error(declined.getReason());
      }
      default -> throw new IllegalStateException("unknown outcome " + answer.outcome().getClass());
    }
    line.put("tokens_asked", answer.tokensAsked()).put("tokens_generated", answer.tokensGenerated());
    if (answer.costMicros() != null) {
      line.put("cost_micros", answer.costMicros());
    }
    return line;
  }

  private NamedModel parsed() {
    try {
      return NamedModel.parse(model);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(java.util.Objects.requireNonNull(command).commandLine(), "--model: " + e.getMessage(), e);
    }
  }

  private List<ObjectNode> answer(LanguageModel opened, List<Question> batch) {
    List<ScoreText> scored = batch.stream().flatMap(question -> question instanceof Question.Scored s ? Stream.of(s.text()) : Stream.empty()).toList();
    List<GenerateText> generated =
        batch.stream().flatMap(question -> question instanceof Question.Generated g ? Stream.of(g.text()) : Stream.empty()).toList();
    var scores = (scored.isEmpty() ? List.<ScoreOutcome>of() : opened.score(scored)).iterator();
    var texts = (generated.isEmpty() ? List.<GenerateOutcome>of() : opened.generate(generated)).iterator();
    return batch.stream()
        .map(
            question ->
                switch (question) {
                  case Question.Scored _ -> line(scores.next());
                  case Question.Generated _ -> line(texts.next());
                })
        .toList();
  }

  private ObjectNode line(ScoreOutcome outcome) {
    return switch (outcome) {
      case ScoreOutcome.Scored s -> {
        ObjectNode line = JSON.createObjectNode();
        s.logProbs().forEach(line.putArray("logprobs")::add);
        yield line;
      }
      case ScoreOutcome.Refused r -> error(r.reason());
    };
  }

  private ObjectNode line(GenerateOutcome outcome) {
    return switch (outcome) {
      case GenerateOutcome.Generated g -> {
        ObjectNode line = JSON.createObjectNode().put("text", g.text());
        g.tokens().forEach(line.putArray("token_ids")::add);
        yield line;
      }
      case GenerateOutcome.Refused r -> error(r.reason());
    };
  }

  private ObjectNode error(String reason) {
    refused = true;
    return JSON.createObjectNode().put("error", reason);
  }

  /** All lines, before anything is asked: a broken one refuses the file. */
  private List<Question> read() {
    return JsonLine.read(file).stream().map(AskCommand::question).toList();
  }

  private static Question question(JsonLine line) {
    JsonNode node = line.object();
    JsonNode prompt = node.path("prompt");
    if (!prompt.isTextual()) {
      throw line.refused("no \"prompt\" that is a text", "{\"prompt\", \"continuations\"} or {\"prompt\", \"max_tokens\"}");
    }
    try {
      if (node.has("continuations")) {
        return new Question.Scored(new ScoreText(prompt.textValue(), texts(node.get("continuations"), line)));
      }
      return new Question.Generated(
          new GenerateText(
              prompt.textValue(),
              node.path("max_tokens").asInt(DEFAULT_TOKENS),
              node.has("stop") ? texts(node.get("stop"), line) : List.of(),
              new Sampling(
                  node.path("temperature").asDouble(0),
                  node.path("top_k").asInt(0),
                  node.path("top_p").asDouble(1),
                  node.path("repetition_penalty").asDouble(1),
                  node.path("seed").asLong(0)),
              Truncation.REFUSE));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(line.where() + ": " + e.getMessage(), e);
    }
  }

  private static List<String> texts(JsonNode node, JsonLine line) {
    List<String> texts = new ArrayList<>();
    node.forEach(item -> texts.add(item.isTextual() ? item.textValue() : ""));
    if (texts.isEmpty() || texts.contains("")) {
      throw line.refused(node.toString(), "a list of texts, none empty");
    }
    return texts;
  }
}
