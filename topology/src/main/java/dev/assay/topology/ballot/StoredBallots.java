package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.PriorUsed;
import dev.assay.records.Prompt;
import dev.assay.records.Stopping;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Verdict;
import dev.assay.records.Votes;
import dev.assay.schemas.RouteRule;
import dev.assay.topology.StoreKey;
import dev.assay.topology.Subject;
import dev.assay.topology.routing.RoutedVerdicts;
import dev.assay.topology.scoring.ChoiceScorer;
import dev.assay.topology.scoring.PositionPrior;
import dev.assay.topology.scoring.ScorerVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges answers that the log holds, without a stream: what comes out of a partition's answers, in the order of the log, are the verdicts
 * that the ballot stage would make of them. Nobody is asked for more. For one thread.
 */
public final class StoredBallots {

  private static final Ruling UNCHANGED = new Ruling.Unchanged();

  private final Rules rules;
  private final Map<String, Standing> standings = new HashMap<>();
  private final Map<String, SortedMap<Integer, Kept>> rounds = new HashMap<>();
  private final Map<String, Verdict> ruled = new HashMap<>();

  /** Ballots under these rules. */
  public StoredBallots(Rules rules) {
    this.rules = rules;
  }

  /** What an answer changes. */
  public sealed interface Ruling {
    /** Nothing: another answer stands, or more is needed before the ballot is decided. */
    record Unchanged() implements Ruling {}

    /** A verdict, which replaces an earlier one on the same ballot; under each name that the answer counts for. */
    record Decided(List<Verdict> verdicts) implements Ruling {}

    /** No verdict can be made. */
    record GivenUp(String reason) implements Ruling {}
  }

  /** How answers are judged. */
  public interface Rules {
    /**
     * The prompt as it is to be taken to have been asked; null: as it was asked.
     *
     * @throws IllegalArgumentException when that cannot be told
     */
    @Nullable Prompt asked(String prompt);

    /** Text metrics in the place of those that were asked for; empty: those. */
    List<String> metrics();

    /** The prior of a group of a model's questions; null when there is none. */
    @Nullable Prior prior(String model, String checkpoint, String group);

    /** Where a ballot that was asked in rounds was stopped; null: that is decided anew. */
    @Nullable Stopping stopping(String prompt, String model, String checkpoint);
  }

  private record Kept(Standing standing, @Nullable Answer answer) {}

  /**
   * Judges one more answer.
   *
   * @param answer the answer
   * @param bytes the record's bytes, by which the first of two answers of one moment is told
   */
  public Ruling judge(Answer answer, byte[] bytes) {
    Envelope envelope = answer.getEnvelope();
    String as = Subject.isRouted(envelope, answer.getModel()) ? RouteRule.ROUTER : "";
    String key = StoreKey.of(envelope.getPrompt(), answer.getModel(), answer.getCheckpoint(), as);
    long answeredAt = answer.getAnsweredAt().toEpochMilli();
    try {
      List<Answer> parts = asAsked(answer);
      if (parts.isEmpty()) {
        return UNCHANGED;
      }
      if (parts.getFirst().getEnvelope().getGold() instanceof ChoiceGold gold && Reordering.isInRounds(gold)) {
        return rounds(key, answer, parts, bytes);
      }
      return whole(key, parts.getFirst(), Standing.of(!(answer.getOutcome() instanceof Failure), answeredAt, bytes));
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      return failed(key, Standing.of(false, answeredAt, bytes), String.valueOf(e.getMessage()));
    }
  }

  /**
   * The verdicts on ballots asked in rounds that lack a round, by the rounds that they have: for when it is decided anew and nobody can be
   * asked for more. In an order of their own that is always the same.
   */
  public List<Verdict> undecided() {
    List<Verdict> verdicts = new ArrayList<>();
    new TreeMap<>(rounds)
        .forEach(
            (key, kept) -> {
              SortedMap<Integer, @Nullable Answer> given = new TreeMap<>();
              kept.forEach((round, each) -> given.put(round, each.answer()));
              if (!ruled.containsKey(key) && given.containsKey(0) && AdaptiveJudge.ruling(given, false) instanceof AdaptiveJudge.Ruling.Decided(var verdict)) {
                ruled.put(key, verdict);
                Answer first = given.get(0);
                verdicts.addAll(first == null ? List.of(verdict) : RoutedVerdicts.of(first.getEnvelope(), verdict));
              }
            });
    return verdicts;
  }

  private List<Answer> asAsked(Answer answer) {
    Envelope envelope = answer.getEnvelope();
    if (envelope.getGold() instanceof TextGold gold && !rules.metrics().isEmpty()) {
      return List.of(Reordering.with(answer, new TextGold(gold.getReferences(), rules.metrics())));
    }
    Prompt asked = rules.asked(envelope.getPrompt());
    return asked == null ? List.of(answer) : Reordering.of(answer, asked);
  }

  private Ruling whole(String key, Answer answer, Standing now) {
    if (!Standing.changes(standings.get(key), now)) {
      return UNCHANGED;
    }
    Verdict verdict = verdict(answer);
    standings.put(key, now);
    return verdict == null ? UNCHANGED : new Ruling.Decided(RoutedVerdicts.of(answer.getEnvelope(), verdict));
  }

  private Ruling failed(String key, Standing failed, String reason) {
    if (!Standing.changes(standings.get(key), failed)) {
      return UNCHANGED;
    }
    standings.put(key, failed);
    return new Ruling.GivenUp(reason);
  }

  /** Null when it waits for a prior that is not there. */
  private @Nullable Verdict verdict(Answer answer) {
    if (!(answer.getEnvelope().getGold() instanceof ChoiceGold gold) || !PrideBallots.concerns(gold)) {
      return Judge.verdict(answer);
    }
    return switch (answer.getOutcome()) {
      case Text text -> Judge.verdict(List.of(answer), ChoiceScorer.textual(gold, text, OrderRule.PRIDE, null));
      case Votes votes when gold.getVoting().getCalibration().getMember() -> Judge.verdict(List.of(answer), ChoiceScorer.rotated(gold, votes));
      case Votes votes -> {
        Judge.verdict(answer);
        Prior prior = rules.prior(answer.getModel(), answer.getCheckpoint(), gold.getVoting().getCalibration().getGroup());
        if (prior == null) {
          yield null;
        }
        PriorUsed used = new PriorUsed(prior.getGroup(), prior.getProbabilities(), prior.getQuestions().size());
        yield Judge.verdict(List.of(answer), ChoiceScorer.debiased(gold, votes, used));
      }
      default -> Judge.verdict(answer);
    };
  }

  /** As {@link AdaptiveBallots} does, without asking for more. */
  private Ruling rounds(String key, Answer stored, List<Answer> parts, byte[] bytes) {
    SortedMap<Integer, Kept> kept = rounds.computeIfAbsent(key, _ -> new TreeMap<>());
    boolean changed = false;
    String fault = null;
    for (Answer part : parts) {
      int round = ((ChoiceGold) part.getEnvelope().getGold()).getVoting().getRound();
      String ofPart = AdaptiveBallots.fault(part);
      Standing now = Standing.of(ofPart == null, part.getAnsweredAt().toEpochMilli(), bytes);
      Kept before = kept.get(round);
      if (Standing.changes(before == null ? null : before.standing(), now)) {
        kept.put(round, new Kept(now, ofPart == null ? part : null));
        changed = true;
        fault = fault == null ? ofPart : fault;
      }
    }
    if (!changed) {
      return UNCHANGED;
    }
    String reason = fault;
    SortedMap<Integer, @Nullable Answer> given = new TreeMap<>();
    kept.forEach((round, each) -> given.put(round, each.answer()));
    Stopping recorded = rules.stopping(stored.getEnvelope().getPrompt(), stored.getModel(), stored.getCheckpoint());
    AdaptiveJudge.Ruling ruling = recorded == null ? AdaptiveJudge.ruling(given, true) : AdaptiveJudge.stopped(given, recorded);
    return switch (ruling) {
      case AdaptiveJudge.Ruling.Decided(var verdict) when verdict.equals(ruled.get(key)) -> reason == null ? UNCHANGED : new Ruling.GivenUp(reason);
      case AdaptiveJudge.Ruling.Decided(var verdict) -> {
        ruled.put(key, verdict);
        yield new Ruling.Decided(RoutedVerdicts.of(stored.getEnvelope(), verdict));
      }
      case AdaptiveJudge.Ruling.Ask(int round) when reason == null && isWhole(stored) ->
          new Ruling.GivenUp("got the orders of %d rounds, which do not decide the ballot; expected those of round %d too: ask the prompt again".formatted(given.size(), round));
      case AdaptiveJudge.Ruling.Ask _, AdaptiveJudge.Ruling.Lost _ -> reason == null ? UNCHANGED : new Ruling.GivenUp(reason);
    };
  }

  /** Whether no further answer belongs to the ballot. */
  private static boolean isWhole(Answer stored) {
    return !(stored.getEnvelope().getGold() instanceof ChoiceGold gold && Reordering.isInRounds(gold));
  }

  /**
   * Estimates priors anew from answers that the log holds. Feed it every answer, in any order; safe for use by many threads.
   */
  public static final class Priors {
    private final Rules rules;
    private final String run;
    private final Map<List<String>, SortedMap<String, Said>> groups = new HashMap<>();

    private record Said(Standing standing, @Nullable List<Double> positions, int options, int expected) {}

    /**
     * Nothing is known yet.
     *
     * @param run in whose name they are
     */
    public Priors(Rules rules, String run) {
      this.rules = rules;
      this.run = run;
    }

    /** Takes what an answer says of positions, if it is of a question that is to tell. */
    public void add(Answer answer, byte[] bytes) {
      Answer read = answer;
      try {
        Prompt asked = rules.asked(answer.getEnvelope().getPrompt());
        List<Answer> parts = asked == null ? List.of(answer) : Reordering.of(answer, asked);
        if (parts.isEmpty()) {
          return;
        }
        read = parts.getFirst();
      } catch (IllegalArgumentException _) {
        return;
      }
      if (!(read.getEnvelope().getGold() instanceof ChoiceGold gold)
          || !PrideBallots.concerns(gold)
          || !gold.getVoting().getCalibration().getMember()) {
        return;
      }
      List<Double> positions = null;
      boolean usable = read.getOutcome() instanceof Votes;
      if (read.getOutcome() instanceof Votes votes) {
        try {
          Judge.verdict(read);
          positions = PrideBallots.positions(gold, votes);
        } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException _) {
          usable = false;
        }
      }
      Said said =
          new Said(
              Standing.of(usable, read.getAnsweredAt().toEpochMilli(), bytes), positions, gold.getOptions(), gold.getVoting().getCalibration().getQuestions());
      List<String> group = List.of(read.getModel(), read.getCheckpoint(), gold.getVoting().getCalibration().getGroup());
      synchronized (groups) {
        groups
            .computeIfAbsent(group, _ -> new TreeMap<>())
            .merge(read.getEnvelope().getPrompt(), said, (before, now) -> Standing.changes(before.standing(), now.standing()) ? now : before);
      }
    }

    /** The priors of all groups, by model, checkpoint and group. */
    public Map<List<String>, Prior> estimate() {
      Map<List<String>, Prior> priors = new HashMap<>();
      synchronized (groups) {
        groups.forEach((group, said) -> priors.put(group, prior(group, said)));
      }
      return priors;
    }

    private Prior prior(List<String> group, SortedMap<String, Said> said) {
      Said any = said.values().iterator().next();
      List<String> questions = said.entrySet().stream().filter(one -> one.getValue().positions() != null).map(Map.Entry::getKey).toList();
      List<List<Double>> positions = said.values().stream().map(Said::positions).filter(Objects::nonNull).toList();
      return new Prior(
          run,
          group.get(0),
          group.get(1),
          group.get(2),
          any.options(),
          any.expected(),
          questions,
          PositionPrior.of(positions, any.options()),
          ScorerVersion.SCORER_VERSION);
    }
  }
}
