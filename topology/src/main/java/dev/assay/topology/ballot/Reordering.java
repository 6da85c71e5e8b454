package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Text;
import dev.assay.records.Vote;
import dev.assay.records.VotingRound;
import dev.assay.records.Votes;
import dev.assay.topology.intake.PromptRenderer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stored answers as they would read had their prompt been asked in other orders: the votes that the other rule would have asked for, under the
 * gold that the intake would have sent along. Nothing is made up: an order that was not asked is missing, and the answer is refused. Pure.
 */
final class Reordering {

  private Reordering() {}

  /**
   * The answers to the rounds that the other rule would have asked of what this one answers: one, or several where it asks in rounds; none
   * for a later round of a rule that asks in rounds when the other one does not.
   *
   * @param answer the stored answer; left as it is
   * @param prompt its prompt under the other rule; of its text only the options matter
   * @throws IllegalArgumentException when an order that the other rule asks for was not asked
   */
  static List<Answer> of(Answer answer, Prompt prompt) {
    if (!(answer.getEnvelope().getGold() instanceof ChoiceGold asked) || !(prompt.getAsk() instanceof Choice)) {
      return List.of(answer);
    }
    int round = roundOf(asked);
    ChoiceGold gold = (ChoiceGold) PromptRenderer.gold(prompt, round);
    VotingRound voting = gold.getVoting();
    boolean adaptive = voting != null && voting.getRule() == OrderRule.ADAPTIVE;
    if (isInRounds(asked)) {
      if (adaptive) {
        return List.of(with(answer, gold, answer.getOutcome(), 1, 1));
      }
      if (round > 0) {
        return List.of();
      }
    }
    if (answer.getOutcome() instanceof Text || answer.getOutcome() instanceof Failure) {
      return List.of(with(answer, gold, answer.getOutcome(), 1, 1));
    }
    Map<List<Integer>, Vote> votes = new HashMap<>();
    ((Votes) answer.getOutcome()).getVotes().forEach(vote -> votes.putIfAbsent(vote.getOrder(), vote));
    if (!adaptive) {
      List<Vote> wanted = wanted(votes, PromptRenderer.orders(prompt, round));
      if (wanted == null) {
        throw new IllegalArgumentException(
            "got the orders %s; expected all of %s: these were not asked, ask the prompt again"
                .formatted(brief(votes.keySet()), brief(PromptRenderer.orders(prompt, round))));
      }
      return List.of(with(answer, gold, new Votes(wanted), wanted.size(), votes.size()));
    }
    List<Answer> rounds = new ArrayList<>();
    for (int next = 0; next < voting.getRounds(); next++) {
      List<Vote> wanted = wanted(votes, PromptRenderer.orders(prompt, next));
      if (wanted == null) {
        break;
      }
      rounds.add(with(answer, (ChoiceGold) PromptRenderer.gold(prompt, next), new Votes(wanted), wanted.size(), votes.size()));
    }
    if (rounds.isEmpty()) {
      throw new IllegalArgumentException(
          "got the orders %s; expected at least all of %s: these were not asked, ask the prompt again"
              .formatted(brief(votes.keySet()), brief(PromptRenderer.orders(prompt, 0))));
    }
    return rounds;
  }

  /** Whether the answer is of a ballot that is asked in rounds. */
  static boolean isInRounds(ChoiceGold gold) {
    return gold.getVoting() != null && gold.getVoting().getRule() == OrderRule.ADAPTIVE;
  }

  private static int roundOf(ChoiceGold gold) {
    return isInRounds(gold) ? gold.getVoting().getRound() : 0;
  }

  private static @Nullable List<Vote> wanted(Map<List<Integer>, Vote> votes, List<List<Integer>> orders) {
    List<Vote> wanted = new ArrayList<>(orders.size());
    for (List<Integer> order : orders) {
      Vote vote = votes.get(order);
      if (vote == null) {
        return null;
      }
      wanted.add(vote);
    }
    return wanted;
  }

  /** What a part of the votes took is taken to be its part of what all took, rounded down. */
  private static Answer with(Answer answer, Object gold, Object outcome, int used, int all) {
    return new Answer(
        answer.getRequest(),
        answer.getModel(),
        answer.getCheckpoint(),
        answer.getWorker(),
        withGold(answer.getEnvelope(), gold),
        outcome,
        part(answer.getTokensAsked(), used, all),
        part(answer.getTokensComputed(), used, all),
        answer.getTokensGenerated(),
        answer.getQueuedMicros(),
        part(answer.getComputeMicros(), used, all),
        answer.getAnsweredAt(),
        answer.getTokensCut(),
        answer.getCostMicros() == null ? null : Long.valueOf(part(answer.getCostMicros(), used, all)));
  }

  /** The answer under another gold. */
  static Answer with(Answer answer, Object gold) {
    return with(answer, gold, answer.getOutcome(), 1, 1);
  }

  private static Envelope withGold(Envelope envelope, Object gold) {
    return new Envelope(
        envelope.getRun(),
        envelope.getPrompt(),
        envelope.getTask(),
        envelope.getTaskType(),
        envelope.getSkill(),
        envelope.getSource(),
        envelope.getPartition(),
        envelope.getOffset(),
        envelope.getPromptedAt(),
        gold,
        envelope.getModels(),
        envelope.getPerturbation(),
        envelope.getRouted());
  }

  private static long part(long whole, int used, int all) {
    return used == all ? whole : Math.floorDiv(Math.multiplyExact(whole, (long) used), (long) all);
  }

  private static String brief(Iterable<List<Integer>> orders) {
    StringBuilder text = new StringBuilder();
    int shown = 0;
    for (List<Integer> order : orders) {
      if (shown++ == 4) {
        return text.append(", …").toString();
      }
      text.append(text.isEmpty() ? "" : ", ").append(order);
    }
    return text.toString();
  }
}
