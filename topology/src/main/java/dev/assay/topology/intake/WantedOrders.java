package dev.assay.topology.intake;

import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.VotingRound;
import dev.assay.topology.scoring.HeldOptions;
import dev.assay.topology.scoring.OrderRounds;
import dev.assay.topology.scoring.Orders;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The orders of a question that one request asks. Pure; the prompt must be sound.
 *
 * @param orders at least one, all different
 * @param held options that keep their place in all of them
 * @param voting what the ballot needs to go on; null when these orders are all there is to ask
 */
record WantedOrders(List<List<Integer>> orders, int held, @Nullable VotingRound voting) {
  /** The most orders that SAMPLED and ADAPTIVE may ask: as many as all orders of five options. */
  static final int MOST = 120;

  private static final int ONE_ROUND = 1;

  /** Those of a round; rounds above the first are ADAPTIVE's. */
  static WantedOrders of(Prompt prompt, Choice choice, int round) {
    int options = choice.getOptions().size();
    List<Integer> published = IntStream.range(0, options).boxed().toList();
    OrderRule rule = choice.getPresentation() == Presentation.SEPARATE ? OrderRule.ONE : choice.getOrders();
    if (rule == OrderRule.ONE) {
      return new WantedOrders(List.of(published), 0, null);
    }
    List<Integer> free = HeldOptions.free(choice.getOptions());
    int held = options - free.size();
    OrderRounds rounds = OrderRounds.of(options, free, prompt.getSeed(), prompt.getId());
    int most = choice.getMostOrders() == 0 ? Orders.SAMPLED : choice.getMostOrders();
    return switch (rule) {
      case ONE -> throw new IllegalStateException("asked above");
      case CYCLIC -> new WantedOrders(rounds.round(0), held, null);
      case ALL -> new WantedOrders(rounds.all() == 0 ? rounds.first(most) : rounds.everyOne(), held, null);
      case SAMPLED -> new WantedOrders(rounds.first(most), held, null);
      case ADAPTIVE -> {
        VotingRound voting =
            VotingRound.newBuilder()
                .setRule(rule)
                .setRound(round)
                .setRounds(mostRounds(choice, rounds))
                .setAllRounds(rounds.all())
                .setErrorRate(choice.getErrorRate())
                .build();
        yield new WantedOrders(rounds.round(round), held, voting);
      }
      case PRIDE -> {
        boolean member = choice.getCalibration() != null && choice.getCalibration().getMember();
        VotingRound voting = VotingRound.newBuilder().setRule(rule).setCalibration(choice.getCalibration()).build();
        yield new WantedOrders(member ? rounds.round(0) : List.of(published), member ? held : 0, voting);
      }
    };
  }

  /** The most rounds that ADAPTIVE asks. */
  static int mostRounds(Choice choice, OrderRounds rounds) {
    int all = rounds.all();
    if (choice.getMostOrders() == 0 && all > 0) {
      return all;
    }
    int most = Math.max(ONE_ROUND, (choice.getMostOrders() == 0 ? Orders.SAMPLED : choice.getMostOrders()) / rounds.size());
    return all == 0 ? most : Math.min(all, most);
  }
}
