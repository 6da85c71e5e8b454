package dev.assay.training;

import dev.assay.inference.llm.ChatMessage;
import dev.assay.inference.llm.ChatTemplate;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows as a model reads them.
 *
 * @param texts in the order of the rows
 * @param tooLong where rows stand that have more tokens than the limit
 */
public record TrainingData(List<TrainingText> texts, List<String> tooLong) {
  public TrainingData {
    texts = List.copyOf(texts);
    tooLong = List.copyOf(tooLong);
  }

  /**
   * Turns rows into tokens. An answer ends with the model's token for the end; a conversation is written by the model's template.
   *
   * @param maxTokens longer rows are left out
   * @throws TrainingException when a row cannot be written as the model wants it, or none is left
   */
  public static TrainingData of(List<TrainingRow> rows, TrainableModel model, int maxTokens) {
    List<TrainingText> texts = new ArrayList<>();
    List<String> tooLong = new ArrayList<>();
    int limit = Math.min(maxTokens, model.architecture().context());
    for (TrainingRow row : rows) {
      TrainingText text =
          switch (row) {
            case TrainingRow.Answered answered -> text(answered, model);
            case TrainingRow.Conversation conversation -> text(conversation, model);
          };
      if (text.length() > limit) {
        tooLong.add(row.where());
      } else if (text.answers() == 0) {
        throw new TrainingException(row.where() + ": the answer has no token of its own");
      } else {
        texts.add(text);
      }
    }
    if (texts.isEmpty()) {
      throw new TrainingException("no row is left to learn from: all %d have more than %d tokens".formatted(tooLong.size(), limit));
    }
    return new TrainingData(texts, tooLong);
  }

  private static TrainingText text(TrainingRow.Answered row, TrainableModel model) {
    int[] whole = model.encode(row.prompt() + row.answer());
    int[] tokens = IntStream.concat(IntStream.of(whole), model.endToken().stream()).toArray();
    BitSet learned = new BitSet();
    learned.set(boundary(whole, model.encode(row.prompt())), tokens.length);
    return new TrainingText(tokens, learned);
  }

  private static TrainingText text(TrainingRow.Conversation row, TrainableModel model) {
    ChatTemplate template =
        model
            .chatTemplate()
            .orElseThrow(() -> new TrainingException(row.where() + ": the model has no chat template; expected rows of prompt and answer"));
    List<ChatMessage> messages = row.messages();
    String text;
    BitSet learned = new BitSet();
    try {
      text = template.render(messages, false);
      int[] whole = model.encode(text);
      for (int i = 0; i < messages.size(); i++) {
        if (messages.get(i).role().equals("assistant")) {
          String before = template.render(messages.subList(0, i), true);
          String with = template.render(messages.subList(0, i + 1), false);
          if (!with.startsWith(before) || !text.startsWith(with)) {
            throw new TrainingException(
                "%s: the model's chat template writes turn %d otherwise when others follow, so that its tokens cannot be told; expected a conversation of one answer, at its end"
                    .formatted(row.where(), i + 1));
          }
          learned.set(boundary(whole, model.encode(before)), boundary(whole, model.encode(with)));
        }
      }
      return new TrainingText(whole, learned);
    } catch (IllegalArgumentException e) {
      throw new TrainingException(row.where() + ": " + e.getMessage(), e);
    }
  }

  /** How many tokens both begin with, 1 at least: the first token is never predicted. */
  private static int boundary(int[] whole, int[] beginning) {
    int at = 0;
    while (at < whole.length && at < beginning.length && whole[at] == beginning[at]) {
      at++;
    }
    return Math.max(1, at);
  }

  /** A hash of all tokens and of which are learned, in lower-case hex. */
  String sha256() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    for (TrainingText text : texts) {
      int[] tokens = text.tokens();
      ByteBuffer bytes = ByteBuffer.allocate((tokens.length + 1) * Integer.BYTES).putInt(tokens.length);
      IntStream.of(tokens).forEach(bytes::putInt);
      digest.update(bytes.array());
      digest.update(text.learned().toByteArray());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
