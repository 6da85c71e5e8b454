package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.assay.records.Envelope;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/** Questions of MMLU as lm-evaluation-harness asks them, from the vectors that it made, with examples from the subject's dev file. */
final class MmluQuestions {

  static final List<String> LETTERS = List.of(" A", " B", " C", " D");

  private static final int OPTIONS = 4;
  private static final List<String> MARKS = List.of("\nA. ", "\nB. ", "\nC. ", "\nD. ", "\nAnswer:");

  private MmluQuestions() {}

  /**
   * A question.
   *
   * @param before what is read before it: the heading and the examples
   * @param stem the question without its options
   * @param options in published order
   * @param expected the harness's log-probabilities of the letters when there are no examples
   */
  record Question(String before, String stem, List<String> options, List<Double> expected) {

    String prompt(List<Integer> order) {
      return before + stem + listed(order);
    }

    private String listed(List<Integer> order) {
      StringBuilder text = new StringBuilder();
      for (int position = 0; position < OPTIONS; position++) {
        text.append(MARKS.get(position)).append(options.get(order.get(position)));
      }
      return text.append(MARKS.getLast()).toString();
    }

    /** The question under so many orders, as the intake asks it. */
    Request request(String model, List<List<Integer>> orders) {
      List<Variant> variants = orders.stream().map(order -> new Variant(order, listed(order), LETTERS)).toList();
      Envelope envelope =
          new Envelope("bench", "prompt", "mmlu", TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "bench", 0, 0L, Instant.EPOCH, null, List.of(), null, null);
      return new Request("bench", model, envelope, before + stem, new Score(stem, options, variants), Instant.EPOCH, Truncation.REFUSE);
    }
  }

  /**
   * Reads questions.
   *
   * @param vectors {@code smollm2_mmlu_zero_shot.json}
   * @param dev folder of {@code SUBJECT_dev.csv}
   * @param shots examples before each question
   */
  static List<Question> read(Path vectors, Path dev, int shots) throws IOException {
    Map<String, String> examples = new LinkedHashMap<>();
    List<Question> questions = new ArrayList<>();
    for (JsonNode item : new JsonMapper().readTree(vectors.toFile()).path("items")) {
      String subject = item.path("subject").asText();
      String prompt = item.path("prompt").asText();
      int heading = prompt.indexOf("\n\n") + 2;
      int[] marks = new int[MARKS.size()];
      for (int i = MARKS.size() - 1, before = prompt.length(); i >= 0; before = marks[i--]) {
        marks[i] = prompt.lastIndexOf(MARKS.get(i), before);
      }
      List<String> options = new ArrayList<>();
      for (int i = 0; i < OPTIONS; i++) {
        options.add(prompt.substring(marks[i] + MARKS.get(i).length(), marks[i + 1]));
      }
      if (!examples.containsKey(subject)) {
        examples.put(subject, examples(dev.resolve(subject + "_dev.csv"), shots));
      }
      List<Double> expected = new ArrayList<>();
      item.path("logprobs").forEach(one -> expected.add(one.asDouble()));
      questions.add(
          new Question(prompt.substring(0, heading) + examples.get(subject), prompt.substring(heading, marks[0]), options, expected));
    }
    return questions;
  }

  private static String examples(Path file, int shots) throws IOException {
    StringBuilder text = new StringBuilder();
    try (Reader reader = Files.newBufferedReader(file)) {
      for (CSVRecord row : CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get().parse(reader)) {
        if (row.getRecordNumber() > shots) {
          break;
        }
        List<String> options = List.of(row.get("choice0"), row.get("choice1"), row.get("choice2"), row.get("choice3"));
        Question example = new Question("", row.get("question").strip(), options, List.of());
        text.append(example.prompt(List.of(0, 1, 2, 3))).append(LETTERS.get(Integer.parseInt(row.get("answer")))).append("\n\n");
      }
    }
    return text.toString();
  }
}
