package dev.assay.inference.recorded;

import java.util.ArrayList;
import java.util.List;

/** Reads {@code repr()} of a Python list of strings, as HELM's tables hold their options; anything else is refused. */
final class PythonList {

  private static final int HEX = 16;

  private final String source;
  private int at;

  private PythonList(String source) {
    this.source = source;
  }

  /**
   * The strings of the list.
   *
   * @throws IllegalArgumentException that names the position, when it is no list of strings
   */
  static List<String> parse(String source) {
    PythonList reader = new PythonList(source);
    List<String> items = reader.list();
    if (reader.at != source.length()) {
      throw reader.unexpected("the end");
    }
    return items;
  }

  private List<String> list() {
    List<String> items = new ArrayList<>();
    expect('[');
    if (peek() != ']') {
      items.add(string());
      while (peek() == ',') {
        expect(',');
        expect(' ');
        items.add(string());
      }
    }
    expect(']');
    return List.copyOf(items);
  }

  private String string() {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw unexpected("a quote");
    }
    at++;
    StringBuilder text = new StringBuilder();
    while (peek() != quote) {
      if (at >= source.length()) {
        throw unexpected("the closing quote");
      }
      char c = source.charAt(at++);
      if (c == '\\') {
        escape(text);
      } else {
        text.append(c);
      }
    }
    at++;
    return text.toString();
  }

  private void escape(StringBuilder text) {
    char kind = peek();
    at++;
    switch (kind) {
      case '\\', '\'', '"' -> text.append(kind);
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'x' -> text.appendCodePoint(hex(2));
      case 'u' -> text.appendCodePoint(hex(4));
      case 'U' -> text.appendCodePoint(hex(8));
      default -> {
        at--;
        throw unexpected("an escape of Python's repr");
      }
    }
  }

  private int hex(int digits) {
    int end = Math.min(at + digits, source.length());
    try {
      int value = Integer.parseInt(source, at, end, HEX);
      if (end - at < digits || !Character.isValidCodePoint(value)) {
        throw unexpected(digits + " hex digits");
      }
      at = end;
      return value;
    } catch (NumberFormatException e) {
      throw unexpected(digits + " hex digits");
    }
  }

  private char peek() {
    return at < source.length() ? source.charAt(at) : '\0';
  }

  private void expect(char c) {
    if (peek() != c || at >= source.length()) {
      throw unexpected("'" + c + "'");
    }
    at++;
  }

  private IllegalArgumentException unexpected(String expected) {
    String got = at < source.length() ? "'" + source.charAt(at) + "'" : "the end";
    return new IllegalArgumentException(
        "got %s at character %d of a Python list; expected %s".formatted(got, at, expected));
  }
}
