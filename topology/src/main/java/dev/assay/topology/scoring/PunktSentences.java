package dev.assay.topology.scoring;

import dev.assay.topology.scoring.PunktModel.Collocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a text into sentences exactly as nltk 3.8's {@code PunktSentenceTokenizer} does.
 *
 * <p>Every period, question or exclamation mark that other punctuation or a further word follows is a candidate. It is judged from the word
 * before and the word behind it alone: by its type (first pass), then by both words (second pass, section 4 of the paper). Brackets and
 * quotes that close a sentence are then taken into it.
 */
final class PunktSentences {
  private static final String SPACE = "[" + PythonText.SPACES + "]";
  private static final String NOT_SPACE = "[^" + PythonText.SPACES + "]";
  private static final String NOT_IN_WORDS = "[)\";}\\]*:@'({\\[?!]";
  private static final String MARKS = "(?:-{2,}|\\.{2,}|(?:\\." + SPACE + "){2,}\\.)";

  private static final Pattern CANDIDATE =
      Pattern.compile("[.?!](?=(?<after>" + NOT_IN_WORDS + "|" + SPACE + "+(?<next>" + NOT_SPACE + "+)))");
  private static final Pattern TOKEN =
      Pattern.compile(
          MARKS
              + "|(?=[^(\"`{\\[:;&#*@)}\\]\\-,])" + NOT_SPACE + "+?(?="
              + SPACE + "|$|" + NOT_IN_WORDS + "|" + MARKS + "|,(?=$|" + SPACE + "|" + NOT_IN_WORDS + "|" + MARKS + "))"
              + "|" + NOT_SPACE,
          Pattern.UNIX_LINES);
  private static final Pattern CLOSING =
      Pattern.compile("[\"')\\]}]+?(?:" + SPACE + "+|(?=--)|$)", Pattern.MULTILINE | Pattern.UNIX_LINES);
  private static final Pattern NUMBER = Pattern.compile("-?[.,]?\\p{Nd}[\\p{Nd},.-]*\\.?");
  private static final Pattern INITIAL = Pattern.compile(PythonText.WORD_CHARACTER_BUT_DIGIT + "\\.");

  private static final String ANY_NUMBER = "##number##";
  private static final Set<String> ENDS = Set.of(".", "?", "!");
  private static final Set<String> PUNCTUATION = Set.of(";", ":", ",", ".", "!", "?");

  private static final int INSIDE_UPPER = 1 << 2;
  private static final int EVER_UPPER = 1 << 1 | INSIDE_UPPER | 1 << 3;
  private static final int FIRST_LOWER = 1 << 4;
  private static final int EVER_LOWER = FIRST_LOWER | 1 << 5 | 1 << 6;

  private final PunktModel model;

  PunktSentences(PunktModel model) {
    this.model = model;
  }

  /** A piece of the text. */
  private record Span(int begin, int end) {}

  /**
   * A possible end of a sentence.
   *
   * @param end behind the mark
   * @param next where a new sentence would begin
   * @param context the word that the mark ends, and what follows it
   */
  private record Candidate(int end, int next, Span context) {}

  /** What the orthographic heuristic says of a word. */
  private enum Begins {
    YES,
    NO,
    UNKNOWN
  }

  /** A word of a candidate's context with what is known of it. */
  private static final class Token {
    final String text;
    final String type;
    boolean endsSentence;
    boolean abbreviation;
    boolean ellipsis;

    Token(String text) {
      this.text = text;
      String lower = text.toLowerCase(Locale.ROOT);
      this.type = NUMBER.matcher(lower).matches() ? ANY_NUMBER : lower;
    }

    String typeWithoutPeriod() {
      return type.length() > 1 && type.endsWith(".") ? type.substring(0, type.length() - 1) : type;
    }

    String typeWithoutSentencePeriod() {
      return endsSentence ? typeWithoutPeriod() : type;
    }

    boolean isInitial() {
      return INITIAL.matcher(text).matches();
    }

    boolean beginsUpper() {
      return Character.isUpperCase(text.codePointAt(0));
    }

    boolean beginsLower() {
      return Character.isLowerCase(text.codePointAt(0));
    }
  }

  /** The sentences in their order, without the white space between them. */
  List<String> split(String text) {
    List<Span> spans = withClosingMarks(text, spans(text));
    return spans.stream().map(span -> text.substring(span.begin, span.end)).toList();
  }

  private List<Span> spans(String text) {
    List<Span> spans = new ArrayList<>();
    int begin = 0;
    for (Candidate candidate : candidates(text)) {
      if (breaks(text.substring(candidate.context.begin, candidate.context.end))) {
        spans.add(new Span(begin, candidate.end));
        begin = candidate.next;
      }
    }
    spans.add(new Span(begin, Math.max(begin, withoutTrailingSpace(text))));
    return spans;
  }

  /** nltk's {@code _match_potential_end_contexts}: of candidates within one word only the last counts. */
  private static List<Candidate> candidates(String text) {
    List<Candidate> candidates = new ArrayList<>();
    Matcher matcher = CANDIDATE.matcher(text);
    Span word = new Span(0, 0);
    Candidate last = null;
    while (matcher.find()) {
      int begin = wordBegin(text, word, matcher.start());
      if (last != null && word.end <= begin) {
        candidates.add(last);
      }
      word = new Span(begin, matcher.start());
      int next = matcher.group("next") == null ? matcher.end() : matcher.start("next");
      last = new Candidate(matcher.end(), next, new Span(begin, matcher.end("after")));
    }
    if (last != null) {
      candidates.add(last);
    }
    return candidates;
  }

  /** Behind the last ASCII white space since the candidate before, but for white space right behind that one, which nltk overlooks. */
  private static int wordBegin(String text, Span previousWord, int candidate) {
    for (int i = candidate - 1; i > previousWord.end; i--) {
      char c = text.charAt(i);
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        return i + 1;
      }
    }
    return previousWord.begin;
  }

  private boolean breaks(String context) {
    List<Token> tokens = new ArrayList<>();
    for (String line : context.split("\n", -1)) {
      Matcher matcher = TOKEN.matcher(line);
      while (matcher.find()) {
        tokens.add(new Token(matcher.group()));
      }
    }
    tokens.forEach(this::judgeByType);
    for (int i = 0; i + 1 < tokens.size(); i++) {
      judgeByNeighbour(tokens.get(i), tokens.get(i + 1));
      if (tokens.get(i).endsSentence) {
        return true;
      }
    }
    return false;
  }

  private void judgeByType(Token token) {
    String text = token.text;
    if (ENDS.contains(text)) {
      token.endsSentence = true;
    } else if (isEllipsis(text)) {
      token.ellipsis = true;
    } else if (text.endsWith(".") && !text.endsWith("..")) {
      String word = text.substring(0, text.length() - 1).toLowerCase(Locale.ROOT);
      String lastPart = word.substring(word.lastIndexOf('-') + 1);
      if (model.abbreviations().contains(word) || model.abbreviations().contains(lastPart)) {
        token.abbreviation = true;
      } else {
        token.endsSentence = true;
      }
    }
  }

  private static boolean isEllipsis(String text) {
    return text.length() > 1 && text.chars().allMatch(c -> c == '.');
  }

  private void judgeByNeighbour(Token token, Token next) {
    if (!token.text.endsWith(".")) {
      return;
    }
    String type = token.typeWithoutPeriod();
    String nextType = next.typeWithoutSentencePeriod();
    if (model.collocations().contains(new Collocation(type, nextType))) {
      token.endsSentence = false;
      return;
    }
    boolean initial = token.isInitial();
    Begins nextBegins = beginsSentence(next);
    if ((token.abbreviation || token.ellipsis) && !initial) {
      if (nextBegins == Begins.YES || (next.beginsUpper() && model.sentenceStarters().contains(nextType))) {
        token.endsSentence = true;
        return;
      }
    }
    if (initial || type.equals(ANY_NUMBER)) {
      boolean alwaysUpper = next.beginsUpper() && (orthography(nextType) & EVER_LOWER) == 0;
      if (nextBegins == Begins.NO || (nextBegins == Begins.UNKNOWN && initial && alwaysUpper)) {
        token.endsSentence = false;
      }
    }
  }

  private Begins beginsSentence(Token token) {
    if (PUNCTUATION.contains(token.text)) {
      return Begins.NO;
    }
    int flags = orthography(token.typeWithoutSentencePeriod());
    if (token.beginsUpper() && (flags & EVER_LOWER) != 0 && (flags & INSIDE_UPPER) == 0) {
      return Begins.YES;
    }
    if (token.beginsLower() && ((flags & EVER_UPPER) != 0 || (flags & FIRST_LOWER) == 0)) {
      return Begins.NO;
    }
    return Begins.UNKNOWN;
  }

  private int orthography(String type) {
    return model.orthography().getOrDefault(type, 0);
  }

  private static List<Span> withClosingMarks(String text, List<Span> spans) {
    List<Span> realigned = new ArrayList<>();
    int taken = 0;
    for (int i = 0; i < spans.size(); i++) {
      Span span = new Span(Math.min(spans.get(i).begin + taken, spans.get(i).end), spans.get(i).end);
      taken = 0;
      if (i + 1 < spans.size()) {
        Span next = spans.get(i + 1);
        Matcher closing = CLOSING.matcher(text).region(next.begin, next.end);
        if (closing.lookingAt()) {
          taken = closing.end() - next.begin;
          int marks = withoutTrailingSpace(closing.group());
          realigned.add(new Span(span.begin, next.begin + marks));
          continue;
        }
      }
      if (span.begin < span.end) {
        realigned.add(span);
      }
    }
    return realigned;
  }

  private static int withoutTrailingSpace(String text) {
    int end = text.length();
    while (end > 0 && PythonText.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }
}
