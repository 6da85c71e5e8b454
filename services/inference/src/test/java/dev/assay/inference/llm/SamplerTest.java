package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The sampler against what transformers' processors and warpers leave of a distribution; see sampling.py. */
class SamplerTest {

  @Test
  void candidates_agreeWithTransformers() throws IOException {
    JsonNode vectors = vectors();
    BitSet seen = seen(vectors);
    assertThat(vectors.path("cases")).isNotEmpty();
    for (JsonNode one : vectors.path("cases")) {
      double[] expected = doubles(one.path("probabilities"));
      double[] got = distribution(sampler(one), floats(vectors.path("logits").path(one.path("logits").asText())), seen);
      if (one.path("logits").asText().equals("tied")) {
        // Which of equal logits stay is the order of a sort that promises none.
        Arrays.sort(expected);
        Arrays.sort(got);
      }
      for (int token = 0; token < expected.length; token++) {
        assertThat(got[token]).as("token %d of %s", token, one).isCloseTo(expected[token], within(1e-6));
      }
    }
  }

  @Test
  void next_drawsInProportion() throws IOException {
    JsonNode vectors = vectors();
    float[] logits = floats(vectors.path("logits").path("flat"));
    BitSet seen = seen(vectors);
    Sampler sampler = new Sampler(new Sampling(1, 6, 0.9, 1.25, 17));
    double[] expected = distribution(sampler, logits, seen);
    int draws = 40_000;
    int[] counts = new int[logits.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(logits, seen)]++;
    }
    for (int token = 0; token < counts.length; token++) {
      // Five standard errors of a frequency: the seed is fixed, so this cannot flicker.
      double tolerance = 5 * Math.sqrt(expected[token] * (1 - expected[token]) / draws);
      assertThat(counts[token] / (double) draws).as("token %d", token).isCloseTo(expected[token], within(tolerance + 1e-12));
    }
  }

  @Test
  void next_greedy_takesTheBestAfterThePenalty() {
    float[] logits = {1, 3, 2.9f, -1};
    BitSet seen = new BitSet();
    seen.set(1);
    assertThat(new Sampler(Sampling.GREEDY).next(logits, seen)).isEqualTo(1);
    assertThat(new Sampler(new Sampling(0, 0, 1, 1.2, 0)).next(logits, seen)).isEqualTo(2);
    assertThat(new Sampler(Sampling.GREEDY).takesTheBest()).isTrue();
    assertThat(new Sampler(new Sampling(0, 0, 1, 1.2, 0)).takesTheBest()).isFalse();
  }

  @Test
  void sampling_outsideItsRange_isRefused() {
    assertThatThrownBy(() -> new Sampling(Double.NaN, 0, 1, 1, 0)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Sampling(0, -1, 1, 1, 0)).hasMessageContaining("-1");
    assertThatThrownBy(() -> new Sampling(0, 0, 0, 1, 0)).hasMessageContaining("topP");
    assertThatThrownBy(() -> new Sampling(0, 0, 1, 0, 0)).hasMessageContaining("repetition penalty");
  }

  @Test
  void sample_theFirstKeepsTheSeed_theOthersHaveTheirOwn() {
    Sampling sampling = new Sampling(1, 0, 1, 1, 5);
    assertThat(sampling.sample(0)).isEqualTo(sampling);
    assertThat(IntStream.range(0, 100).mapToLong(i -> sampling.sample(i).seed()).distinct().count()).isEqualTo(100);
  }

  private static Sampler sampler(JsonNode one) {
    return new Sampler(
        new Sampling(
            one.path("temperature").asDouble(), one.path("top_k").asInt(), one.path("top_p").asDouble(), one.path("penalty").asDouble(), 1));
  }

  private static double[] distribution(Sampler sampler, float[] logits, BitSet seen) {
    Sampler.Candidates candidates = sampler.candidates(logits, seen);
    double[] probabilities = new double[logits.length];
    for (int i = 0; i < candidates.size(); i++) {
      probabilities[candidates.token(i)] = candidates.weight(i) / candidates.total();
    }
    return probabilities;
  }

  private static JsonNode vectors() throws IOException {
    try (InputStream in = SamplerTest.class.getResourceAsStream("sampling.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static BitSet seen(JsonNode vectors) {
    BitSet seen = new BitSet();
    vectors.path("seen").forEach(token -> seen.set(token.asInt()));
    return seen;
  }

  private static double[] doubles(JsonNode node) {
    return IntStream.range(0, node.size()).mapToDouble(i -> node.get(i).asDouble()).toArray();
  }

  private static float[] floats(JsonNode node) {
    float[] values = new float[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) node.get(i).asDouble();
    }
    return values;
  }
}
