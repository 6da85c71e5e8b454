package dev.assay.inference.remote;

import dev.assay.inference.remote.RemoteSpec.Mode;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server can, found out by asking it once: whether it echoes prompts with their log-probabilities, whether it gives those of a
 * completion's first token, whether it completes at all. A server that cannot be reached, or refuses the key, is asked again next time.
 *
 * <p>An echo is believed when the log-probability of its last token is that which the server gives for the same token as a completion: there
 * are servers that are off by one token.
 */
final class Ability {

  private static final Logger LOG = LoggerFactory.getLogger(Ability.class);

  /** A text whose last word most models expect. */
  private static final String CONTEXT = "one two three four five six seven";

  private static final String CONTINUATION = " eight";

  /** Servers compute in low precision, and differently for one token and for many. */
  private static final double TOLERANCE = 0.5;

  /** There is no such call, or it is not for this model. */
  private static final Set<Integer> REFUSED = Set.of(200, 400, 404, 405, 410, 415, 422, 501);

  private static final int SERVER_ERROR = 500;

  private final Completions completions;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Found found;

  private record Found(Mode scoring, boolean completes) {}

  Ability(Completions completions) {
    this.completions = completions;
  }

  /** ECHO, COMPLETIONS or CHAT: how continuations are scored. */
  Mode scoring() throws CallFailedException, InterruptedException {
    return found().scoring;
  }

  /** Whether texts are completed outside chats. */
  boolean completes() throws CallFailedException, InterruptedException {
    return found().completes;
  }

  private Found found() throws CallFailedException, InterruptedException {
    lock.lockInterruptibly();
    try {
      Found known = found;
      if (known == null) {
        known = probe();
        LOG.info("The server scores by {} and generates by {}.", known.scoring, known.completes ? Mode.COMPLETIONS : Mode.CHAT);
        found = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private Found probe() throws CallFailedException, InterruptedException {
    FirstToken first;
    try {
      first = FirstToken.of(completions.first(CONTEXT).only());
    } catch (CallFailedException e) {
      unlessRefused(e);
      return new Found(Mode.CHAT, false);
    }
    if (echoes(first)) {
      return new Found(Mode.ECHO, true);
    }
    return new Found(first.isKnown() ? Mode.COMPLETIONS : Mode.CHAT, true);
  }

  private boolean echoes(FirstToken first) throws CallFailedException, InterruptedException {
    try {
      double echoed = EchoedText.of(completions.echo(CONTEXT + CONTINUATION).only(), CONTEXT + CONTINUATION).logProb(CONTEXT, CONTINUATION);
      double direct = first.exact(CONTINUATION).orElse(echoed);
      if (Math.abs(echoed - direct) > TOLERANCE) {
        LOG.warn("The server's echo gives {} for a token that it completes with {}; it is not used.", echoed, direct);
        return false;
      }
      return true;
    } catch (CallFailedException e) {
      unlessRefused(e);
      LOG.debug("The server does not echo: {}", e.reason());
      return false;
    }
  }

  private static void unlessRefused(CallFailedException e) throws CallFailedException {
    // An error that may pass must not decide how the model is asked from now on.
    boolean said = e.status() == SERVER_ERROR && e.reason().contains("supported");
    if (!said && !REFUSED.contains(e.status())) {
      throw e;
    }
  }
}
