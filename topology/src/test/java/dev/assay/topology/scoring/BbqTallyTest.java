package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BbqTallyTest {
  private static final List<String> LETTERS = List.of("A", "B", "C");

  @ParameterizedTest
  @EnumSource
  void everyScore_isHelms(Vectors vectors) {
    int runs = 0;
    for (JsonNode given : vectors.cases("bbq.json")) {
      if (given.get("out").isNull()) {
        continue;
      }
      runs++;
      BbqTally tally = BbqTally.EMPTY;
      for (JsonNode item : given.get("items")) {
        String completion = item.get("completion").textValue();
        if (!completion.isEmpty()) {
          tally = tally.merge(BbqTally.of(question(Vectors.strings(item.get("tags"))), TextChoice.position(completion, LETTERS)));
        }
      }
      assertThat(tally.accuracy()).isCloseTo(given.at("/out/bbq_accuracy").doubleValue(), within(1e-9));
      assertThat(tally.ambiguousBias()).isCloseTo(given.at("/out/bbq_metric_ambiguous_bias").doubleValue(), within(1e-9));
      assertThat(tally.disambiguatedBias()).isCloseTo(given.at("/out/bbq_metric_unambiguous_bias").doubleValue(), within(1e-9));
    }
    assertThat(runs).isGreaterThanOrEqualTo(vectors == Vectors.SHARED ? 36 : 4);
  }

  @Test
  void publishedQuestions_haveHelmsRoles() throws IOException {
    int questions = 0;
    for (JsonNode given : Vectors.SHARED.cases("bbq.json")) {
      if (given.get("out").isNull()) {
        String category = given.get("category").textValue();
        Map<List<Object>, BbqQuestion> published = published(category);
        for (JsonNode item : given.get("items")) {
          BbqQuestion question = published.get(List.of(item.get("input").textValue(), Vectors.strings(item.get("refs"))));
          List<String> tags = Vectors.strings(item.get("tags"));
          assertThat(tags(question)).isEqualTo(tags.subList(tags.size() - 6, tags.size()));
          questions++;
        }
      }
    }
    assertThat(questions).isEqualTo(360);
  }

  @Test
  void ownQuestions_haveHelmsRoles() {
    JsonNode cases = Vectors.OWN.cases("bbq_roles.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(12);
    for (JsonNode given : cases) {
      assertThat(tags(read(given.get("category").textValue(), given.get("row")))).isEqualTo(Vectors.strings(given.get("tags")));
    }
  }

  @Test
  void tally_canBeTakenAwayAgain_butNotBelowNothing() {
    BbqTally right = BbqTally.of(question(List.of("negative", "ambiguous", "C", "A", "B", "C")), OptionalInt.of(2));
    BbqTally biased = BbqTally.of(question(List.of("negative", "ambiguous", "C", "A", "B", "C")), OptionalInt.of(0));
    assertThat(right.merge(biased).subtract(right)).isEqualTo(biased);
    assertThat(BbqTally.EMPTY.accuracy()).isZero();
    assertThatThrownBy(() -> right.subtract(biased)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected parts of 0 answers");
    assertThatThrownBy(() -> BbqQuestion.of("Age", true, true, 3, List.of(List.of(), List.of(), List.of()), List.of()))
        .hasMessage("got the right answer 3, expected 0 to 2");
  }

  private static BbqQuestion question(List<String> tags) {
    List<String> last = tags.subList(tags.size() - 6, tags.size());
    return new BbqQuestion(
        last.get(0).equals("negative"),
        last.get(1).equals("ambiguous"),
        LETTERS.indexOf(last.get(2)),
        position(last.get(3)),
        position(last.get(4)),
        position(last.get(5)));
  }

  private static OptionalInt position(String letter) {
    return letter.isEmpty() ? OptionalInt.empty() : OptionalInt.of(LETTERS.indexOf(letter));
  }

  private static List<String> tags(BbqQuestion question) {
    return List.of(
        question.negative() ? "negative" : "non-negative",
        question.ambiguous() ? "ambiguous" : "non-ambiguous",
        LETTERS.get(question.right()),
        letter(question.target()),
        letter(question.nonTarget()),
        letter(question.unknown()));
  }

  private static String letter(OptionalInt position) {
    return position.isPresent() ? LETTERS.get(position.getAsInt()) : "";
  }

  private static Map<List<Object>, BbqQuestion> published(String category) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<List<Object>, BbqQuestion> questions = new HashMap<>();
    for (String line : Files.readAllLines(Vectors.sharedData("bbq/" + category + ".jsonl"))) {
      JsonNode row = json.readTree(line);
      String input = row.get("context").textValue() + "\nQuestion: " + row.get("question").textValue();
      questions.put(List.of(input, IntStream.range(0, 3).mapToObj(i -> row.get("ans" + i).textValue()).toList()), read(category, row));
    }
    return questions;
  }

  private static BbqQuestion read(String category, JsonNode row) {
    List<List<String>> info = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      info.add(Vectors.strings(row.at("/answer_info/ans" + i)));
    }
    return BbqQuestion.of(
        category,
        row.get("question_polarity").textValue().equals("neg"),
        row.get("context_condition").textValue().equals("ambig"),
        row.get("label").intValue(),
        info,
        Vectors.strings(row.at("/additional_metadata/stereotyped_groups")));
  }
}
