package dev.assay.inference.remote;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What a server takes, in any currency unit a million tokens.
 *
 * @param in for tokens read
 * @param cached for tokens read that the server had read before
 * @param out for tokens generated
 */
record Prices(BigDecimal in, BigDecimal cached, BigDecimal out) {

  /** Refuses prices below 0. */
  Prices {
    if (in.signum() < 0 || cached.signum() < 0 || out.signum() < 0) {
      throw new IllegalArgumentException("got prices %s, %s and %s; expected none below 0".formatted(in, cached, out));
    }
  }

  /** In millionths of the currency unit: a price a million tokens is so many millionths a token. */
  long micros(Usage usage) {
    return in.multiply(BigDecimal.valueOf(usage.asked() - usage.cached()))
        .add(cached.multiply(BigDecimal.valueOf(usage.cached())))
        .add(out.multiply(BigDecimal.valueOf(usage.generated())))
        .setScale(0, RoundingMode.HALF_UP)
        .longValueExact();
  }
}
