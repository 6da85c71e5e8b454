package dev.assay.cli.routes;

import dev.assay.inference.baseline.Embedder;
import dev.assay.topology.routing.policy.Meaning;

/**
 * What routers see in a question: MiniLM's embedding of its first {@value #MOST_CHARS} characters. Embedding takes a time that grows with the
 * length of a text, and decisions are to take less than 10 ms; what a router gains by longer texts is little (docs/routing.md has both).
 */
public final class TextMeaning {
  /** Some 50 tokens of English, and seldom more than 100. */
  public static final int MOST_CHARS = 200;

  /** A question is embedded once to decide about it and once to learn from it. */
  private static final int REMEMBERED = 256;

  private TextMeaning() {}

  /** By an embedder that somebody else closes. */
  public static Meaning of(Embedder embedder) {
    return text -> embedder.vector(text.isBlank() ? "-" : text.substring(0, Math.min(text.length(), MOST_CHARS)));
  }

  /** By this process's own embedder, which is loaded for the first text and lives as long as the process, as a stage that routes by it does. */
  public static Meaning shared() {
    return Shared.MEANING;
  }

  private static final class Shared {
    private static final Meaning MEANING = Meaning.remembering(text -> of(Loaded.EMBEDDER).of(text), REMEMBERED);
  }

  private static final class Loaded {
    private static final Embedder EMBEDDER = Embedder.load();
  }
}
