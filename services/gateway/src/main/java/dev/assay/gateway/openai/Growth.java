package dev.assay.gateway.openai;

import dev.assay.records.Piece;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import java.util.List;

/**
 * What a client has seen of one text that grows. Pieces may come twice, when a worker was replaced, or not at all; the whole text at the
 * end fills what is missing, so that the client reads it once and in order.
 */
final class Growth {

  private int characters;
  private int tokens;

  /**
   * What is new to the client.
   *
   * @param text the characters
   * @param tokens the tokens
   */
  record News(String text, List<Token> tokens) {
    boolean isEmpty() {
      return text.isEmpty() && tokens.isEmpty();
    }
  }

  /** What a piece adds; nothing when something before it is missing. */
  News add(Piece piece) {
    int skip = characters - piece.getFrom();
    int skipTokens = tokens - piece.getFromToken();
    if (skip < 0 || skipTokens < 0 || skip > piece.getText().length() || skipTokens > piece.getTokens().size()) {
      return new News("", List.of());
    }
    return seen(piece.getText().substring(skip), piece.getTokens().subList(skipTokens, piece.getTokens().size()));
  }

  /** What the whole text adds. */
  News end(Sample sample) {
    String text = sample.getText().substring(Math.min(characters, sample.getText().length()));
    return seen(text, sample.getTokens().subList(Math.min(tokens, sample.getTokens().size()), sample.getTokens().size()));
  }

  /** Characters that the client has seen. */
  int characters() {
    return characters;
  }

  private News seen(String text, List<Token> more) {
    characters += text.length();
    tokens += more.size();
    return new News(text, List.copyOf(more));
  }
}
