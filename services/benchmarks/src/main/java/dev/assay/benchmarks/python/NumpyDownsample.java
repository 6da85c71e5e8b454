package dev.assay.benchmarks.python;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * HELM's choice of instances when there are more than it may ask ({@code runner.downsample_eval_instances}):
 * {@code np.random.seed(0); np.random.choice(n, k, replace=False)} of NumPy's legacy {@code RandomState}.
 */
public final class NumpyDownsample {
  private static final int SEED = 0;

  private NumpyDownsample() {}

  /** The chosen elements in the order NumPy draws them; all of them, in their own order, when there are no more than {@code most}. */
  public static <T> List<T> choose(List<T> all, int most) {
    if (all.size() <= most) {
      return all;
    }
    MersenneTwister twister = MersenneTwister.ofWord(SEED);
    List<T> shuffled = new ArrayList<>(all);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      Collections.swap(shuffled, i, interval(twister, i));
    }
    return List.copyOf(shuffled.subList(0, most));
  }

  /** {@code random_interval}: uniform in [0, most], by masking and rejecting. */
  private static int interval(MersenneTwister twister, int most) {
    int mask = -1 >>> Integer.numberOfLeadingZeros(most);
    int drawn = twister.next() & mask;
    while (drawn > most) {
      drawn = twister.next() & mask;
    }
    return drawn;
  }
}
