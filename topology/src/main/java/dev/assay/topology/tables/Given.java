package dev.assay.topology.tables;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a model answered, in the form in which answers are compared.
 *
 * @param kind options are compared with options, texts with texts
 * @param answer the option, or the text as {@link #text} makes it; empty when the model gave no answer, which is the same as nobody's
 */
public record Given(Kind kind, String answer) {
  private static final int LONGEST_KEPT = 64;

  /** What answers can be compared at all. */
  public enum Kind {
    /** The number of an option. */
    OPTION,

    /** A text in its plain form, or the SHA-256 of it. */
    TEXT
  }

  /** A chosen option; below 0 is none. */
  static Given option(int option) {
    return new Given(Kind.OPTION, option < 0 ? "" : Integer.toString(option));
  }

  /**
   * A text: lower case, without ASCII punctuation, with single spaces. Of a text above 64 characters the SHA-256 is kept, since equality is
   * all that is asked of it.
   */
  public static Given text(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    boolean gap = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        gap = true;
      } else if (!isPunctuation(c)) {
        if (gap && !plain.isEmpty()) {
          plain.append(' ');
        }
        gap = false;
        plain.append(Character.toLowerCase(c));
      }
    }
    return new Given(Kind.TEXT, plain.length() <= LONGEST_KEPT ? plain.toString() : sha256(plain.toString()));
  }

  /** Whether two models gave the same answer; none is the same as nothing. */
  public boolean isSameAs(Given other) {
    return kind == other.kind && !answer.isEmpty() && answer.equals(other.answer);
  }

  void write(BinaryWriter out) {
    out.putString(kind.name()).putString(answer);
  }

  static Given read(BinaryReader in) {
    return new Given(Kind.valueOf(in.getString()), in.getString());
  }

  private static boolean isPunctuation(char c) {
    return c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
