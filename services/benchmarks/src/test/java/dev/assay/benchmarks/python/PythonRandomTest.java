package dev.assay.benchmarks.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.benchmarks.SharedData;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against CPython 3.11 and NumPy 1.24 (vectors/python_random.json, numpy_downsample.json); equal to the bit. */
class PythonRandomTest {
  @Test
  void drawsWhatCPythonDraws() {
    JsonNode cases = SharedData.vector("python_random.json").get("cases");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(12);
    for (JsonNode each : cases) {
      String seed = each.get("seed").asText();
      PythonRandom bits = seeded(each);
      each.get("getrandbits32").forEach(v -> assertThat(bits.bits(32)).as(seed).isEqualTo(v.longValue()));
      each.get("random").forEach(v -> assertThat(bits.nextDouble()).as(seed).isEqualTo(v.doubleValue()));
      PythonRandom continued = seeded(each);
      each.get("randint_1_3").forEach(v -> assertThat(continued.between(1, 3)).as(seed).isEqualTo(v.intValue()));
      List<String> letters = List.of("a", "b", "c", "d", "e");
      each.get("choice_abcde").forEach(v -> assertThat(continued.choice(letters)).as(seed).isEqualTo(v.textValue()));
      each.get("uniform01").forEach(v -> assertThat(continued.nextDouble()).as(seed).isEqualTo(v.doubleValue()));
      each.get("randrange_100").forEach(v -> assertThat(continued.below(100)).as(seed).isEqualTo(v.intValue()));
      List<Integer> shuffled = new ArrayList<>(upTo(25));
      seeded(each).shuffle(shuffled);
      assertThat(shuffled).as(seed).isEqualTo(integers(each.get("shuffle_25")));
      PythonRandom sampled = seeded(each);
      assertThat(sampled.sample(upTo(100), 10)).as(seed).isEqualTo(integers(each.get("sample_10_of_100")));
      assertThat(sampled.sample(upTo(8), 5)).as(seed).isEqualTo(integers(each.get("sample_5_of_8")));
      // random.choices takes the floor of the next random() times the number of values.
      PythonRandom chosen = seeded(each);
      each.get("choices_5_of_10").forEach(v -> assertThat((int) (chosen.nextDouble() * 10)).as(seed).isEqualTo(v.intValue()));
    }
  }

  @Test
  void refusesBoundsThatHoldNothing() {
    PythonRandom random = new PythonRandom(1);
    assertThatIllegalArgumentException().isThrownBy(() -> random.below(0)).withMessageContaining("got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> random.bits(33)).withMessageContaining("got 33");
    assertThatIllegalArgumentException().isThrownBy(() -> random.sample(List.of(1, 2), 3)).withMessageContaining("got 3");
  }

  @Test
  void choosesWhatNumpyChooses() {
    JsonNode cases = SharedData.vector("numpy_downsample.json").get("cases");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(9);
    for (JsonNode each : cases) {
      List<Integer> all = upTo(each.get("n").intValue());
      List<Integer> expected = integers(each.get("idx"));
      List<Integer> chosen = NumpyDownsample.choose(all, each.get("k").intValue());
      if (expected.size() < all.size()) {
        assertThat(chosen).isEqualTo(expected);
      } else {
        // The runner calls NumPy only when there are more instances than wanted.
        assertThat(chosen).isEqualTo(all);
      }
    }
  }

  private static List<Integer> upTo(int bound) {
    return IntStream.range(0, bound).boxed().toList();
  }

  private static PythonRandom seeded(JsonNode each) {
    return each.get("seed_type").textValue().equals("str")
        ? new PythonRandom(each.get("seed").textValue())
        : new PythonRandom(each.get("seed").longValue());
  }

  private static List<Integer> integers(JsonNode array) {
    return array.valueStream().map(JsonNode::intValue).toList();
  }
}
