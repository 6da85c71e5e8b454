package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gain by a question's text alone: ridge regression on its words (TF-IDF with sublinear counts, of words that two examples have) and on
 * its meaning, each of length 1, mixed in equal parts. How much the weights are held back is chosen by the squared error of each example as
 * predicted from all others, which for ridge regression needs no second fit. Words, weights and penalty come from the examples alone.
 *
 * <p>It is solved over the examples (kernel form), of which there are fewer than words; the weights of words and meaning are then summed up
 * once, so that a decision costs the embedding and some hundred multiplications.
 */
public final class TextGain implements Gain {
  /** An accidental word of one example says nothing about another. */
  private static final int LEAST_EXAMPLES_OF_A_WORD = 2;

  /** Penalties that are tried; the kernel's diagonal is 1. */
  private static final double[] PENALTIES = {1, 3, 10, 30, 100};

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]{2,}");

  private final Meaning meaning;
  private final Words words;
  private final double[] wordWeights;
  private final double[] meaningWeights;
  private final double intercept;
  private final double penalty;

  private TextGain(Meaning meaning, Words words, double[] wordWeights, double[] meaningWeights, double intercept, double penalty) {
    this.meaning = meaning;
    this.words = words;
    this.wordWeights = wordWeights;
    this.meaningWeights = meaningWeights;
    this.intercept = intercept;
    this.penalty = penalty;
  }

  /**
   * Learns from examples.
   *
   * @param meaning gives a text's meaning; {@link Meaning#NONE} looks at words alone
   * @throws IllegalArgumentException with fewer than two examples, or when meanings have different lengths
   */
  public static TextGain learn(List<Example> examples, Meaning meaning) {
    int n = examples.size();
    if (n < 2) {
      throw new IllegalArgumentException("got %d examples; expected two at least".formatted(n));
    }
    List<Map<String, Integer>> counts = examples.stream().map(example -> counts(example.query().text())).toList();
    Words words = Words.of(counts);
    List<Features> features = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      features.add(new Features(words.of(counts.get(i)), unit(meaning.of(examples.get(i).query().text()))));
    }
    int dimensions = features.getFirst().meaning.length;
    if (features.stream().anyMatch(each -> each.meaning.length != dimensions)) {
      throw new IllegalArgumentException("got meanings of different lengths; expected %d numbers of each text".formatted(dimensions));
    }
    double mean = examples.stream().mapToDouble(Example::gain).average().orElse(0);
    double[] gains = examples.stream().mapToDouble(example -> example.gain() - mean).toArray();
    double[][] kernel = kernel(features);
    Fit best = Arrays.stream(PENALTIES).mapToObj(each -> Fit.of(kernel, gains, each)).min((a, b) -> Double.compare(a.error, b.error)).orElseThrow();

    double[] wordWeights = new double[words.size()];
    double[] meaningWeights = new double[dimensions];
    for (int i = 0; i < n; i++) {
      features.get(i).addTo(best.weights[i], wordWeights, meaningWeights);
    }
    return new TextGain(meaning, words, wordWeights, meaningWeights, mean, best.penalty);
  }

  @Override
  public double of(Query query) {
    Features features = new Features(words.of(counts(query.text())), unit(meaning.of(query.text())));
    return intercept + features.weighed(wordWeights, meaningWeights);
  }

  /** The penalty that predicted left-out examples best. */
  public double penalty() {
    return penalty;
  }

  private static Map<String, Integer> counts(String text) {
    Map<String, Integer> counts = new TreeMap<>();
    Matcher word = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (word.find()) {
      counts.merge(word.group(), 1, Integer::sum);
    }
    return counts;
  }

  private static double[] unit(float[] vector) {
    double[] unit = new double[vector.length];
    double squares = 0;
    for (int i = 0; i < unit.length; i++) {
      unit[i] = vector[i];
      squares += unit[i] * unit[i];
    }
    double length = StrictMath.sqrt(squares);
    for (int i = 0; i < unit.length && length > 0; i++) {
      unit[i] /= length;
    }
    return unit;
  }

  private static double[][] kernel(List<Features> features) {
    int n = features.size();
    double[][] kernel = new double[n][];
    for (int i = 0; i < n; i++) {
      kernel[i] = new double[i + 1];
      for (int j = 0; j <= i; j++) {
        kernel[i][j] = features.get(i).dot(features.get(j));
      }
    }
    return kernel;
  }

  /** Which words count, and how much by how rare they are. */
  private record Words(Map<String, Integer> index, List<Double> rarity) {
    static Words of(List<Map<String, Integer>> texts) {
      Map<String, Integer> having = new TreeMap<>();
      texts.forEach(text -> text.keySet().forEach(word -> having.merge(word, 1, Integer::sum)));
      Map<String, Integer> index = new HashMap<>();
      List<Double> rarity = new ArrayList<>();
      having.forEach(
          (word, count) -> {
            if (count >= LEAST_EXAMPLES_OF_A_WORD) {
              index.put(word, rarity.size());
              rarity.add(1 + StrictMath.log((1.0 + texts.size()) / (1.0 + count)));
            }
          });
      return new Words(Map.copyOf(index), List.copyOf(rarity));
    }

    int size() {
      return rarity.size();
    }

    Sparse of(Map<String, Integer> counts) {
      Set<String> known = new HashSet<>(counts.keySet());
      known.retainAll(index.keySet());
      int[] at = known.stream().mapToInt(index::get).sorted().toArray();
      Map<Integer, Integer> byIndex = new HashMap<>();
      known.forEach(word -> byIndex.put(index.get(word), counts.get(word)));
      double[] weights = new double[at.length];
      double squares = 0;
      for (int i = 0; i < at.length; i++) {
        weights[i] = (1 + StrictMath.log(byIndex.get(at[i]))) * rarity.get(at[i]);
        squares += weights[i] * weights[i];
      }
      double length = StrictMath.sqrt(squares);
      for (int i = 0; i < at.length && length > 0; i++) {
        weights[i] /= length;
      }
      return new Sparse(at, weights);
    }
  }

  /** A text's words: their numbers, ascending, and weights. */
  private static final class Sparse {
    private final int[] at;
    private final double[] weights;

    Sparse(int[] at, double[] weights) {
      this.at = at;
      this.weights = weights;
    }

    double dot(Sparse other) {
      double sum = 0;
      for (int i = 0, j = 0; i < at.length && j < other.at.length; ) {
        if (at[i] == other.at[j]) {
          sum += weights[i++] * other.weights[j++];
        } else if (at[i] < other.at[j]) {
          i++;
        } else {
          j++;
        }
      }
      return sum;
    }
  }

  /** Words and meaning of a text. Each counts half; where there is no meaning, words count alone. */
  private static final class Features {
    private final Sparse words;
    private final double[] meaning;
    private final double ofMeaning;

    Features(Sparse words, double[] meaning) {
      this.words = words;
      this.meaning = meaning;
      this.ofMeaning = meaning.length == 0 ? 0 : 0.5;
    }

    double dot(Features other) {
      return (1 - ofMeaning) * words.dot(other.words) + ofMeaning * dot(meaning, other.meaning);
    }

    double weighed(double[] wordWeights, double[] meaningWeights) {
      double sum = 0;
      for (int i = 0; i < words.at.length; i++) {
        sum += words.weights[i] * wordWeights[words.at[i]];
      }
      return sum + dot(meaning, meaningWeights);
    }

    void addTo(double weight, double[] wordWeights, double[] meaningWeights) {
      for (int i = 0; i < words.at.length; i++) {
        wordWeights[words.at[i]] += weight * (1 - ofMeaning) * words.weights[i];
      }
      for (int i = 0; i < meaning.length; i++) {
        meaningWeights[i] += weight * ofMeaning * meaning[i];
      }
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }
  }

  /** Kernel ridge regression with one penalty. */
  private static final class Fit {
    private final double penalty;
    private final double[] weights;
    private final double error;

    private Fit(double penalty, double[] weights, double error) {
      this.penalty = penalty;
      this.weights = weights;
      this.error = error;
    }

    /**
     * @param kernel the lower triangle
     */
    static Fit of(double[][] kernel, double[] values, double penalty) {
      double[][] inverse = Cholesky.inverse(kernel, penalty);
      int n = values.length;
      double[] weights = new double[n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          weights[i] += (j <= i ? inverse[i][j] : inverse[j][i]) * values[j];
        }
      }
      double error = 0;
      for (int i = 0; i < n; i++) {
        // What the others predict is off by weight over diagonal of the inverse (Allen's PRESS).
        double off = weights[i] / inverse[i][i];
        error += off * off;
      }
      return new Fit(penalty, weights, error);
    }
  }
}
