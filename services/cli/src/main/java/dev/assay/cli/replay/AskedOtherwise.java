package dev.assay.cli.replay;

import dev.assay.benchmarks.CalibrationShare;
import dev.assay.benchmarks.OrderPlan;
import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import java.util.List;

/** Prompts as if they had been asked in other orders. Pure. */
final class AskedOtherwise {

  private AskedOtherwise() {}

  /** A prompt without the texts that no order depends on: all prompts of a run are kept so. */
  static Prompt light(Prompt prompt) {
    if (!(prompt.getAsk() instanceof Choice choice)) {
      return Prompt.newBuilder(prompt).setPrefix("").build();
    }
    return Prompt.newBuilder(prompt).setPrefix("").setAsk(Choice.newBuilder(choice).setQuestion("").build()).build();
  }

  /** The prompts under another rule, as an evaluation would have asked them; texts, and options that are not listed, have no orders. */
  static List<Prompt> of(List<Prompt> prompts, OrderPlan orders, long seed) {
    return CalibrationShare.mark(prompts.stream().map(prompt -> of(prompt, orders)).toList(), orders, seed);
  }

  private static Prompt of(Prompt prompt, OrderPlan orders) {
    if (!(prompt.getAsk() instanceof Choice choice) || choice.getPresentation() == Presentation.SEPARATE) {
      return prompt;
    }
    Choice asked =
        Choice.newBuilder(choice)
            .setOrders(orders.rule())
            .setMostOrders(orders.rule() == OrderRule.SAMPLED ? orders.mostOrders() : 0)
            .setErrorRate(orders.errorRate())
            .setCalibration(null)
            .build();
    return Prompt.newBuilder(prompt).setAsk(asked).build();
  }
}
