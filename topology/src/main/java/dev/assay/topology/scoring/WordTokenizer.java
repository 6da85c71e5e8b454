package dev.assay.topology.scoring;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Splits a text into words and marks exactly as the {@code word_tokenize} of nltk 3.8 and 3.9 does (3.10 cuts an opening quote from
 * more words: {@code 'he}): into sentences by Punkt, then each by
 * {@code NLTKWordTokenizer}, a chain of replacements in the manner of the Penn Treebank ({@code don't} gives {@code do} and {@code n't}, a
 * period is a token of its own only at the end of a sentence).
 */
public final class WordTokenizer {
  private static final String NO_WORD_BEFORE = "(?<!" + PythonText.WORD_CHARACTER + ")";
  private static final String NO_WORD_AFTER = "(?!" + PythonText.WORD_CHARACTER + ")";
  private static final String SPACE = "[" + PythonText.SPACES + "]";

  /**
   * A step of the chain. Python's {@code $} also matches before a last line feed, as Java's does with {@link Pattern#UNIX_LINES}; the
   * possessive quantifiers match the same and keep long runs of spaces from taking quadratic time.
   */
  private record Step(Pattern pattern, String replacement) {
    static Step of(String regex, String replacement) {
      return new Step(Pattern.compile(regex, Pattern.UNIX_LINES), replacement);
    }

    static Step ofAnyCase(String regex, String replacement) {
      return new Step(
          Pattern.compile(regex, Pattern.UNIX_LINES | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE), replacement);
    }
  }

  private static final List<Step> STEPS =
      List.of(
          // Opening quotes.
          Step.of("([«“‘„]|`+)", " $1 "),
          Step.of("^\"", "``"),
          Step.of("(``)", " $1 "),
          Step.of("([ (\\[{<])(\"|'{2})", "$1 `` "),
          Step.ofAnyCase("(')(?!re|ve|ll|m|t|s|d|n)(" + PythonText.WORD_CHARACTER + ")" + NO_WORD_AFTER, "$1 $2"),
          // Punctuation.
          Step.of("([^.])(\\.)([\\])}>\"'»”’ ]*+)" + SPACE + "*+$", "$1 $2 $3 "),
          Step.of("([:,])([^\\p{Nd}])", " $1 $2"),
          Step.of("([:,])$", " $1 "),
          Step.of("\\.{2,}", " $0 "),
          Step.of("[;@#$%&]", " $0 "),
          Step.of("([^.])(\\.)([\\])}>\"']*+)" + SPACE + "*+$", "$1 $2$3 "),
          Step.of("[?!]", " $0 "),
          Step.of("([^'])' ", "$1 ' "),
          Step.of("[*]", " $0 "),
          // Brackets and dashes.
          Step.of("[\\]\\[(){}<>]", " $0 "),
          Step.of("--", " -- "));

  /** The steps that see the text with a space at either end. */
  private static final List<Step> STEPS_ON_PADDED =
      List.of(
          // Closing quotes.
          Step.of("([»”’])", " $1 "),
          Step.of("''", " '' "),
          Step.of("\"", " '' "),
          Step.of("([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
          Step.of("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
          // Contractions.
          contraction("can", "not"),
          contraction("d", "'ye"),
          contraction("gim", "me"),
          contraction("gon", "na"),
          contraction("got", "ta"),
          contraction("lem", "me"),
          contraction("more", "'n"),
          Step.ofAnyCase(NO_WORD_BEFORE + "(wan)(na)(?=" + SPACE + ")", " $1 $2 "),
          Step.ofAnyCase(" ('t)(is)" + NO_WORD_AFTER, " $1 $2 "),
          Step.ofAnyCase(" ('t)(was)" + NO_WORD_AFTER, " $1 $2 "));

  private final PunktSentences sentences;

  /** A tokenizer that finds sentences by {@code model}. */
  public WordTokenizer(PunktModel model) {
    this.sentences = new PunktSentences(model);
  }

  /** The tokens of a text in their order. */
  public List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    sentences.split(text).forEach(sentence -> tokens.addAll(tokensOfSentence(sentence)));
    return tokens;
  }

  private static List<String> tokensOfSentence(String sentence) {
    String text = " " + apply(STEPS, sentence) + " ";
    return PythonText.split(apply(STEPS_ON_PADDED, text));
  }

  private static String apply(List<Step> steps, String text) {
    String changed = text;
    for (Step step : steps) {
      changed = step.pattern.matcher(changed).replaceAll(step.replacement);
    }
    return changed;
  }

  private static Step contraction(String first, String second) {
    return Step.ofAnyCase(NO_WORD_BEFORE + "(" + first + ")(" + second + ")" + NO_WORD_AFTER, " $1 $2 ");
  }
}
