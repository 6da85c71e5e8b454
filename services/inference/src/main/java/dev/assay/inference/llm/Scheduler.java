package dev.assay.inference.llm;

import dev.assay.inference.llm.Continuations.Whole;
import dev.assay.inference.llm.TreeScorer.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Divides the model's time: turns of scoring, of about so many tokens each, alternate with steps of generating, a token a text.
 *
 * <p>A turn takes the smallest job, then those that have the longest beginning in common with it, so that texts are read in the order of
 * their trie; a job that was passed over for a while goes first. A job larger than a turn is done in parts: what was read of it stays in
 * memory. So the longest text keeps a short one waiting for a turn, not for its end.
 */
final class Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** So many turns a job lets smaller ones pass. */
  private static final int PATIENCE = 8;

  private final TreeScorer scorer;
  private final Generator generator;
  private final PromptScorer prompts;
  private final PrefixCache cache;
  private final int turn;
  private final List<Scoring> jobs = new ArrayList<>();

  private static final class Scoring {
    final ScoreJob job;
    final Consumer<Reading> done;
    int passedOver;

    Scoring(ScoreJob job, Consumer<Reading> done) {
      this.job = job;
      this.done = done;
    }
  }

  /**
   * @param turn tokens read in a turn of scoring
   */
  Scheduler(TreeScorer scorer, Generator generator, PromptScorer prompts, PrefixCache cache, int turn) {
    this.scorer = scorer;
    this.prompts = prompts;
    this.generator = generator;
    this.turn = turn;
    this.cache = cache;
  }

  /** Takes texts to be scored, the whole of which is handed over in a later turn. */
  void score(Adapter adapter, List<ScoreText> texts, Consumer<Reading> done) {
    jobs.add(new Scoring(scorer.begin(adapter, texts), done));
  }

  /** Takes a text to be generated. */
  void generate(Adapter adapter, GenerateText text, Consumer<GenerateOutcome> done) {
    generator.add(adapter, text, done);
  }

  /** Whether a text that was taken and is not done is read with an adapter. */
  boolean uses(Adapter adapter) {
    return jobs.stream().anyMatch(one -> one.job.adapter() == adapter) || prompts.uses(adapter) || generator.uses(adapter);
  }

  boolean idle() {
    return jobs.isEmpty() && prompts.idle() && generator.idle();
  }

  /** A turn of scoring, one of reading prompts that are echoed, and a step of generating, as far as each is wanted. */
  void advance() {
    if (!jobs.isEmpty()) {
      turn();
    }
    if (!prompts.idle()) {
      prompts.advance();
    }
    if (!generator.idle()) {
      generator.advance();
    }
  }

  /** Forgets all that was taken and is not done. */
  void reset() {
    jobs.clear();
    prompts.reset();
    generator.reset();
  }

  private void turn() {
    Scoring first =
        jobs.stream()
            .filter(one -> one.passedOver >= PATIENCE)
            .findFirst()
            .orElseGet(() -> jobs.stream().min(Comparator.comparingInt(one -> one.job.size())).orElseThrow());
    List<Scoring> ordered = new ArrayList<>(jobs);
    ordered.sort(
        Comparator.comparing((Scoring one) -> one != first)
            .thenComparing(Comparator.comparingInt((Scoring one) -> inCommon(first.job, one.job)).reversed())
            .thenComparingInt(one -> one.job.size()));
    List<Part> parts = new ArrayList<>();
    Load load = new Load();
    for (Scoring one : ordered) {
      if (load.fresh >= turn) {
        one.passedOver++;
      } else {
        parts.add(part(one.job, load));
      }
    }
    score(parts);
    List<Scoring> finished = jobs.stream().filter(one -> one.job.finished()).toList();
    jobs.removeAll(finished);
    finished.forEach(one -> one.done.accept(one.job.reading()));
  }

  /**
   * Scores parts together, or apart where that does not go: by halves as long as there is not enough memory, and each alone that another
   * may have spoiled. What cannot be scored alone gets the reason as its outcome.
   */
  private void score(List<Part> parts) {
    List<Part> spoiled;
    try {
      spoiled = scorer.score(parts);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (!OutOfMemory.caused(e)) {
        throw e;
      }
      List<Part> halves = parts.size() == 1 ? parts.getFirst().halves() : parts;
      if (halves.isEmpty()) {
        LOG.warn("A text of {} tokens does not fit into memory; it is answered with the failure.", parts.getFirst().job().size(), e);
        parts.getFirst().job().fail("there is not enough memory to read the text, not even alone: " + e.getMessage());
      } else {
        LOG.warn("{} texts do not fit into memory together; they are read by halves.", halves.size());
        score(halves.subList(0, halves.size() / 2));
        List<Part> rest = halves.subList(halves.size() / 2, halves.size()).stream().filter(part -> !part.job().finished()).toList();
        if (!rest.isEmpty()) {
          score(rest);
        }
      }
      return;
    }
    if (parts.size() > 1) {
      spoiled.forEach(part -> score(List.of(part)));
    } else {
      spoiled.forEach(part -> part.job().adapter().spoil());
    }
  }

  /** What a turn will read. */
  private static final class Load {
    private final TokenTrie planned = new TokenTrie();
    int fresh;

    void add(Adapter adapter, Whole whole, int length, int known) {
      int before = planned.size();
      planned.add(adapter, whole.tokens(), length);
      fresh += Math.max(0, Math.min(planned.size() - before, length - known));
    }
  }

  /** As much of a job as the turn has room for, at least a little. */
  private Part part(ScoreJob job, Load load) {
    int until = job.done();
    // A text's continuations stay together: all want what follows its last token.
    while (until < job.wholes().size() && (until == job.done() || load.fresh < turn || !job.beginsText(until))) {
      Whole whole = job.wholes().get(until);
      int known = cache.known(job.adapter(), whole.tokens(), whole.read());
      int ahead = known + turn;
      // A text whose beginning was lost meanwhile is not begun again, lest two of them go on pushing each other out.
      boolean lasting = ahead <= cache.slots() / 2 && known >= job.begun();
      if (whole.read() - known > 2 * turn && lasting && job.beginsText(until)) {
        if (until > job.done()) {
          break;
        }
        load.add(job.adapter(), whole, ahead, known);
        return new Part(job, until, ahead);
      }
      load.add(job.adapter(), whole, whole.read(), known);
      until++;
    }
    return new Part(job, until, 0);
  }

  /** How many tokens the next texts of two jobs begin with in common. */
  private static int inCommon(ScoreJob a, ScoreJob b) {
    if (a.finished() || b.finished() || a.adapter() != b.adapter()) {
      return 0;
    }
    List<Integer> one = a.wholes().get(a.done()).tokens();
    List<Integer> two = b.wholes().get(b.done()).tokens();
    int most = Math.min(one.size(), two.size());
    for (int i = 0; i < most; i++) {
      if (!one.get(i).equals(two.get(i))) {
        return i;
      }
    }
    return most;
  }
}
