package dev.assay.inference.worker;

import dev.assay.inference.ModelCard;

/**
 * A name under which a worker takes requests.
 *
 * @param card what answers them
 * @param base the model whose weights it shares; empty for that model itself
 * @param failure why each is answered with a failure; empty when they are given to the model
 */
record Served(ModelCard card, String base, String failure) {

  static Served whole(ModelCard card) {
    return new Served(card, "", "");
  }

  static Served adapter(ModelCard card, String base) {
    return new Served(card, base, "");
  }

  /** An adapter that could not be loaded. */
  static Served failed(String name, ModelCard base, String reason) {
    return new Served(new ModelCard(name, "none", base.kind(), base.contextTokens(), 0), base.name(), reason);
  }

  String name() {
    return card.name();
  }
}
