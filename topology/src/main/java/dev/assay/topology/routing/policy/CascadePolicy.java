package dev.assay.topology.routing.policy;

import java.util.List;
import java.util.Locale;

/**
 * Asks the cheap model first, and the strong one when the cheap one's first option leads its second by too little.
 *
 * @param cheap the model that is always asked
 * @param strong the model that answers where the cheap one is not sure
 * @param margin the least lead with which the cheap model's answer counts, in [0, 1]
 */
public record CascadePolicy(String cheap, String strong, double margin) implements Policy {
  /**
   * @throws IllegalArgumentException if the margin is no share
   */
  public CascadePolicy {
    if (!(margin >= 0 && margin <= 1)) {
      throw new IllegalArgumentException("got the margin %s; expected a number in [0, 1]".formatted(margin));
    }
  }

  @Override
  public String name() {
    return "cascade:" + margin;
  }

  @Override
  public Choice choose(Query query, Known known) {
    Double lead = known.margins().get(cheap);
    if (lead == null) {
      return Choice.of(cheap, "the cheap model is asked first", List.of());
    }
    String words = String.format(Locale.ROOT, "margin of %s = %.4f", cheap, lead);
    if (lead >= margin) {
      return Choice.of(cheap, "the cheap model is sure", List.of(words));
    }
    return new Choice(strong, List.of(cheap, strong), "the cheap model is not sure", List.of(words));
  }
}
