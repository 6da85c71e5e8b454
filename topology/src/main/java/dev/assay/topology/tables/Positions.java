package dev.assay.topology.tables;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.OrderVote;
import dev.assay.topology.scoring.ChoiceScorer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the right option stood and which position was chosen, by one verdict: in the published order, in every order that was answered, and
 * by the vote over them. Where several options are right and one of them was chosen, that one stands for them; else the first.
 *
 * @param options number of options
 * @param counts what was chosen; without {@link Rule#EVERY_ORDER} and {@link Rule#VOTED} where only one order was answered
 */
record Positions(int options, List<Count> counts) {
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  /** By which rule a position was chosen. */
  enum Rule {
    /** In the published order. */
    ONE(0, Metrics.CHOSEN_ONE),

    /** In each order for itself. */
    EVERY_ORDER(1, Metrics.CHOSEN_EVERY_ORDER),

    /** By the run's own rule, or the mean of the orders' log-probabilities: the option's position in the published order. */
    VOTED(2, Metrics.CHOSEN_VOTED);

    /** Stores name a rule by its number, which is its place here. */
    private static final List<Rule> ALL = List.of(ONE, EVERY_ORDER, VOTED);

    private final int number;
    private final String prefix;

    Rule(int number, String prefix) {
      this.number = number;
      this.prefix = prefix;
    }
  }

  /**
   * How often.
   *
   * @param rule the rule
   * @param right position of the right option
   * @param chosen position that was chosen; as many as there are options for none
   * @param orders in how many orders
   */
  record Count(Rule rule, int right, int chosen, int orders) {}

  Positions {
    counts = List.copyOf(counts);
  }

  static Positions of(ChoiceVerdict verdict) {
    int options = verdict.getOptions();
    List<Count> counts = new ArrayList<>();
    counts.add(published(Rule.ONE, verdict, verdict.getOne().getOption()));
    if (verdict.getVotes().size() > 1 || verdict.getVoted() != null) {
      counts.add(published(Rule.VOTED, verdict, ChoiceScorer.decision(verdict).getOption()));
    }
    if (verdict.getVotes().size() > 1) {
      int[][] every = new int[options][options + 1];
      for (OrderVote vote : verdict.getVotes()) {
        int chosen = vote.getOrder().indexOf(vote.getOption());
        boolean hit = verdict.getRight().contains(vote.getOption());
        every[hit ? chosen : vote.getOrder().indexOf(verdict.getRight().getFirst())][chosen < 0 ? options : chosen]++;
      }
      for (int right = 0; right < options; right++) {
        for (int chosen = 0; chosen <= options; chosen++) {
          if (every[right][chosen] > 0) {
            counts.add(new Count(Rule.EVERY_ORDER, right, chosen, every[right][chosen]));
          }
        }
      }
    }
    return new Positions(options, counts);
  }

  /** What the verdict adds to the cells of a place of the right option, by place: the share of its orders that chose each position. */
  SortedMap<String, SortedMap<String, Double>> values() {
    SortedMap<String, SortedMap<String, Double>> values = new TreeMap<>();
    for (Rule rule : Rule.ALL) {
      int[] orders = new int[options];
      counts.stream().filter(count -> count.rule == rule).forEach(count -> orders[count.right] += count.orders);
      for (int right = 0; right < options; right++) {
        if (orders[right] > 0) {
          SortedMap<String, Double> row = values.computeIfAbsent(letter(right) + " of " + options, _ -> new TreeMap<>());
          for (int chosen = 0; chosen <= options; chosen++) {
            row.put(metric(rule, chosen), 0.0);
          }
        }
      }
      for (Count count : counts) {
        if (count.rule == rule) {
          values.get(letter(count.right) + " of " + options).put(metric(rule, count.chosen), (double) count.orders / orders[count.right]);
        }
      }
    }
    return values;
  }

  void write(BinaryWriter out) {
    out.putByte(options).putInt(counts.size());
    counts.forEach(count -> out.putByte(count.rule.number).putByte(count.right).putByte(count.chosen).putInt(count.orders));
  }

  static Positions read(BinaryReader in) {
    int options = in.getByte();
    List<Count> counts = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      counts.add(new Count(Rule.ALL.get(in.getByte()), in.getByte(), in.getByte(), in.getInt()));
    }
    return new Positions(options, counts);
  }

  private static Count published(Rule rule, ChoiceVerdict verdict, int option) {
    int right = verdict.getRight().contains(option) ? option : verdict.getRight().getFirst();
    return new Count(rule, right, option < 0 ? verdict.getOptions() : option, 1);
  }

  private String metric(Rule rule, int chosen) {
    return rule.prefix + (chosen == options ? Metrics.CHOSEN_NONE : letter(chosen));
  }

  private static String letter(int position) {
    return LETTERS.substring(position, position + 1);
  }
}
