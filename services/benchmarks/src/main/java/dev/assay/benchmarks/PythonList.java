package dev.assay.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Reads the {@code repr} of a Python list of texts, such as {@code ['a', "it's", 'x\\ny']}. */
final class PythonList {
  private final String text;
  private int at;

  private PythonList(String text) {
    this.text = text;
  }

  /** The texts; throws IllegalArgumentException that names the position when it is no such list. */
  static List<String> parse(String text) {
    return new PythonList(text).list();
  }

  private List<String> list() {
    List<String> items = new ArrayList<>();
    expect('[');
    skipSpaces();
    while (peek() != ']') {
      items.add(string());
      skipSpaces();
      if (peek() == ',') {
        at++;
        skipSpaces();
      } else if (peek() != ']') {
        throw unexpected("',' or ']'");
      }
    }
    at++;
    if (at != text.length()) {
      throw unexpected("the end");
    }
    return items;
  }

  private String string() {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw unexpected("a quote");
    }
    at++;
    StringBuilder value = new StringBuilder();
    while (peek() != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        escape(value);
      } else {
        value.append(c);
      }
    }
    at++;
    return value.toString();
  }

  private void escape(StringBuilder value) {
    char c = peek();
    at++;
    switch (c) {
      case '\\', '\'', '"' -> value.append(c);
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'x' -> value.appendCodePoint(hex(2));
      case 'u' -> value.appendCodePoint(hex(4));
      case 'U' -> value.appendCodePoint(hex(8));
      default -> {
        at--;
        throw unexpected("an escape that repr writes");
      }
    }
  }

  private int hex(int digits) {
    if (at + digits > text.length()) {
      throw unexpected(digits + " hexadecimal digits");
    }
    int code = Integer.parseUnsignedInt(text, at, at + digits, 16);
    at += digits;
    return code;
  }

  private void expect(char wanted) {
    if (peek() != wanted) {
      throw unexpected("'" + wanted + "'");
    }
    at++;
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw unexpected("more text");
    }
    return text.charAt(at);
  }

  private IllegalArgumentException unexpected(String expected) {
    String got = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new IllegalArgumentException("no Python list of texts: got " + got + " at position " + at + ", expected " + expected);
  }
}
