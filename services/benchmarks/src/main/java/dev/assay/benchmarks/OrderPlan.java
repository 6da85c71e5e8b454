package dev.assay.benchmarks;

import dev.assay.records.OrderRule;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which orders of a question's options a run asks, as {@code --orders} says it: one, cyclic, all, sampled:24, adaptive:0.05, pride:0.05.
 *
 * @param rule the rule
 * @param mostOrders orders of SAMPLED, 1 to 120; 0 where the rule has no such number
 * @param errorRate error rate of ADAPTIVE, above 0 and at most 0.5; its default elsewhere
 * @param share share of the questions on which PRIDE estimates the prior, above 0 and at most 1; its default elsewhere
 */
public record OrderPlan(OrderRule rule, int mostOrders, double errorRate, double share) {
  /** Orders of SAMPLED unless it says otherwise: as many as four options have. */
  public static final int DEFAULT_ORDERS = 24;

  /** Error rate of ADAPTIVE unless it says otherwise. */
  public static final double DEFAULT_ERROR_RATE = 0.05;

  /** Share of PRIDE unless it says otherwise, as in its paper. */
  public static final double DEFAULT_SHARE = 0.05;

  private static final int MOST_ORDERS = 120;
  private static final double LARGEST_ERROR_RATE = 0.5;

  /** Refuses numbers out of their range. */
  public OrderPlan {
    if (rule == OrderRule.SAMPLED ? mostOrders < 1 || mostOrders > MOST_ORDERS : mostOrders != 0) {
      throw new IllegalArgumentException("got sampled:%d; expected 1 to %d orders".formatted(mostOrders, MOST_ORDERS));
    }
    if (!(errorRate > 0 && errorRate <= LARGEST_ERROR_RATE)) {
      throw new IllegalArgumentException("got adaptive:%s; expected an error rate above 0 and at most %s".formatted(errorRate, LARGEST_ERROR_RATE));
    }
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("got pride:%s; expected a share of the questions above 0 and at most 1".formatted(share));
    }
  }

  /** A rule with its usual number. */
  public static OrderPlan of(OrderRule rule) {
    return new OrderPlan(rule, rule == OrderRule.SAMPLED ? DEFAULT_ORDERS : 0, DEFAULT_ERROR_RATE, DEFAULT_SHARE);
  }

  /**
   * Reads what {@code --orders} says.
   *
   * @throws IllegalArgumentException with what was got and what was expected
   */
  public static OrderPlan parse(String text) {
    int colon = text.indexOf(':');
    String name = (colon < 0 ? text : text.substring(0, colon)).toUpperCase(Locale.ROOT);
    OrderRule rule;
    try {
      rule = OrderRule.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw wrong(text, e);
    }
    if (colon < 0) {
      return of(rule);
    }
    try {
      String number = text.substring(colon + 1);
      return switch (rule) {
        case SAMPLED -> new OrderPlan(rule, Integer.parseInt(number), DEFAULT_ERROR_RATE, DEFAULT_SHARE);
        case ADAPTIVE -> new OrderPlan(rule, 0, Double.parseDouble(number), DEFAULT_SHARE);
        case PRIDE -> new OrderPlan(rule, 0, DEFAULT_ERROR_RATE, Double.parseDouble(number));
        case ONE, CYCLIC, ALL -> throw wrong(text, null);
      };
    } catch (NumberFormatException e) {
      throw wrong(text, e);
    }
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    String name = rule.name().toLowerCase(Locale.ROOT);
    return switch (rule) {
      case SAMPLED -> name + ":" + mostOrders;
      case ADAPTIVE -> name + ":" + errorRate;
      case PRIDE -> name + ":" + share;
      case ONE, CYCLIC, ALL -> name;
    };
  }

  private static IllegalArgumentException wrong(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "got orders '%s'; expected one, cyclic, all, sampled[:orders], adaptive[:error rate] or pride[:share]".formatted(text), cause);
  }
}
