package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class LogGammaTest {
  private static final double TOLERANCE = 4e-15;

  @Test
  void integers_areFactorials() {
    BigInteger factorial = BigInteger.ONE;
    for (int n = 1; n <= 170; n++) {
      assertRelative(LogGamma.of(n), Math.log(factorial.doubleValue()));
      factorial = factorial.multiply(BigInteger.valueOf(n));
    }
  }

  @Test
  void halves_areFactorialsTimesTheRootOfPi() {
    double gamma = Math.sqrt(Math.PI);
    for (int n = 0; n < 150; n++) {
      assertRelative(LogGamma.of(n + 0.5), Math.log(gamma));
      gamma *= n + 0.5;
    }
  }

  @Test
  void largeArguments_areTheKnownValues() {
    // mpmath 1.x, loggamma with 30 digits.
    assertRelative(LogGamma.of(1e4), 82099.71749644238);
    assertRelative(LogGamma.of(1e6), 12815504.569147611);
    assertRelative(LogGamma.of(1e9), 19723265827.503716);
  }

  @Property
  void recurrence_holds(@ForAll @DoubleRange(min = 0.01, max = 1e6) double x) {
    assertThat(LogGamma.of(x + 1))
        .isCloseTo(LogGamma.of(x) + Math.log(x), within(TOLERANCE * Math.max(1, Math.abs(LogGamma.of(x + 1))) * 4));
  }

  private static void assertRelative(double actual, double expected) {
    assertThat(actual).isCloseTo(expected, within(TOLERANCE * Math.max(1, Math.abs(expected))));
  }
}
