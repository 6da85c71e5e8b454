package dev.assay.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.TaskType;
import dev.assay.topology.scoring.Orders;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Questions made by rule, and the answers that stored models give to them. Equal arguments make equal questions and answers.
 *
 * @param questions the different questions
 */
public record QuestionSet(List<Question> questions) {

  private static final ObjectMapper JSON = JsonMapper.builder().build();

  /** How much likelier a model makes the right option, in natural logarithms; the noise beside it spans 2. */
  private static final double SKILL = 0.8;

  private static final double NOISE = 2.0;
  private static final double FIRST_POSITION_BIAS = 0.3;
  private static final double RIGHT_TEXTS = 0.6;

  /**
   * One question.
   *
   * @param task the task it is counted under
   * @param type its declared task type
   * @param ask a {@link Choice} or a {@link Generation}
   */
  public record Question(String task, TaskType type, Object ask) {}

  /** Copies the questions. */
  public QuestionSet {
    questions = List.copyOf(questions);
  }

  /** Choice questions with 3 to 5 options under cyclic and all orders, and one in six that is answered by a text; five tasks of four types. */
  public static QuestionSet mixed(int size) {
    return new QuestionSet(IntStream.range(0, size).mapToObj(QuestionSet::mixedQuestion).toList());
  }

  /** Choice questions with four options, all under one rule, of four tasks. */
  public static QuestionSet choices(int size, OrderRule orders) {
    return new QuestionSet(
        IntStream.range(0, size)
            .mapToObj(i -> new Question("ledger/part-" + i % 4, TaskType.KNOWLEDGE, sum(i, 4, orders)))
            .toList());
  }

  private static Question mixedQuestion(int i) {
    return switch (i % 6) {
      case 0 -> new Question("ledger/ships", TaskType.KNOWLEDGE, sum(i, 4, OrderRule.CYCLIC));
      case 1 -> new Question("ledger/carts", TaskType.KNOWLEDGE, sum(i, 5, OrderRule.CYCLIC));
      case 2 -> new Question("ledger/lamps", TaskType.REASONING, sum(i, 3, OrderRule.ALL));
      case 3 -> new Question("ledger/lamps", TaskType.REASONING, sum(i, 4, OrderRule.ONE));
      case 4 -> new Question("ledger/barrels", TaskType.BIAS, sum(i, 4, OrderRule.ALL));
      default -> new Question("ledger/letters", TaskType.SUMMARIZATION, letter(i));
    };
  }

  private static Choice sum(int i, int options, OrderRule orders) {
    SplittableRandom random = new SplittableRandom(i);
    int before = random.nextInt(10, 90);
    int after = random.nextInt(10, 90);
    int right = random.nextInt(options);
    List<String> texts = IntStream.range(0, options).mapToObj(o -> Integer.toString(before + after + 3 * (o - right))).toList();
    return Choice.newBuilder()
        .setQuestion(
            "On day %d the keeper of the gate writes %d names into the book before noon and %d after it. How many names does the day's page hold?"
                .formatted(i + 1, before, after))
        .setOptions(texts)
        .setGold(List.of(right))
        .setOrders(orders)
        .build();
  }

  private static Generation letter(int i) {
    return Generation.newBuilder()
        .setInput("Letter %d tells that the mill by the ford lost its wheel in the spring flood and was mended. In one sentence:".formatted(i))
        .setReferences(List.of("the mill lost its wheel in flood %d and was mended".formatted(i)))
        .setMetrics(List.of("exact_match", "rouge_2"))
        .build();
  }

  /**
   * A run's prompts: {@code size} of them, which ask the questions in turn.
   *
   * @param run name of the run
   * @param size how many prompts; beyond the questions they begin again
   * @param models who is asked
   */
  public List<Prompt> prompts(String run, int size, List<String> models) {
    return IntStream.range(0, size).mapToObj(i -> prompt(run, i, models)).toList();
  }

  private Prompt prompt(String run, int i, List<String> models) {
    Question question = questions.get(i % questions.size());
    return Prompt.newBuilder()
        .setId("page-%06d".formatted(i))
        .setRun(run)
        .setTask(question.task())
        .setTaskType(question.type())
        .setModels(models)
        .setPrefix("The following are questions about the keeper's book.\n\n")
        .setAsk(question.ask())
        .setSource("ledger:" + (i + 1))
        .build();
  }

  /**
   * Writes a model's answers in the form that recorded models read, looked up by question.
   *
   * @param model its name decides what it answers
   * @return {@code file}
   */
  public Path writeAnswers(Path file, String model) throws IOException {
    try (Writer out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < questions.size(); i++) {
        SplittableRandom random = new SplittableRandom(31L * model.hashCode() + i);
        out.write(JSON.writeValueAsString(answer(questions.get(i), random)));
        out.write('\n');
      }
    }
    return file;
  }

  private static ObjectNode answer(Question question, SplittableRandom random) {
    ObjectNode line = JSON.createObjectNode();
    switch (question.ask()) {
      case Choice choice -> {
        line.put("question", choice.getQuestion());
        choice.getOptions().forEach(line.withArray("options")::add);
        ArrayNode votes = line.putArray("votes");
        Orders.of(choice.getOrders(), choice.getOptions().size())
            .forEach(order -> vote(votes.addObject(), order, choice.getGold().getFirst(), random));
      }
      case Generation generation ->
          line.put("question", generation.getInput())
              .put("text", random.nextDouble() < RIGHT_TEXTS ? generation.getReferences().getFirst() : "the mill was sold in the spring");
      default -> throw new IllegalStateException("unknown ask " + question.ask().getClass());
    }
    return line;
  }

  private static void vote(ObjectNode vote, List<Integer> order, int gold, SplittableRandom random) {
    order.forEach(vote.withArray("order")::add);
    double[] logits = new double[order.size()];
    double whole = 0;
    for (int position = 0; position < logits.length; position++) {
      logits[position] =
          random.nextDouble(NOISE) + (order.get(position) == gold ? SKILL : 0) + (position == 0 ? FIRST_POSITION_BIAS : 0);
      whole += Math.exp(logits[position]);
    }
    for (double logit : logits) {
      vote.withArray("logprobs").add(Math.min(0, logit - Math.log(whole)));
    }
  }
}
