package dev.assay.topology.scoring;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text metrics by their names in HELM ({@code evaluate_reference_metrics.py}) and, for {@code gsm8k_*}, in lm-evaluation-harness. Every
 * metric of HELM's gives 0 to an empty prediction.
 */
public final class TextMetrics {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");
  private static final Pattern WORD = Pattern.compile(PythonText.WORD_CHARACTER + "+");
  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  /** HELM's own, in which the point matches any character: 7:30 is one number. */
  private static final Pattern NUMBER = Pattern.compile("-?[\\p{Nd},]+(?:.\\p{Nd}+)?", Pattern.UNIX_LINES);

  private static final Map<String, TextMetric> BY_NAME = byName();

  private TextMetrics() {}

  /**
   * The metric of a name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static TextMetric byName(String name) {
    TextMetric metric = BY_NAME.get(name);
    if (metric == null) {
      throw new IllegalArgumentException("got the metric '%s', expected one of %s".formatted(name, String.join(", ", names())));
    }
    return metric;
  }

  /** All names, in a fixed order. */
  public static Set<String> names() {
    return BY_NAME.keySet();
  }

  /**
   * Every metric's best value over the references, by name and in the order of {@link #names}. The texts are taken as they are: HELM strips a
   * completion before it scores it.
   *
   * @throws IllegalArgumentException if there is no reference
   */
  public static Map<String, Double> all(List<String> references, String prediction) {
    Map<String, Double> values = new LinkedHashMap<>();
    BY_NAME.forEach((name, metric) -> values.put(name, metric.best(references, prediction)));
    return Collections.unmodifiableMap(values);
  }

  private static Map<String, TextMetric> byName() {
    Map<String, TextMetric> metrics = new LinkedHashMap<>();
    metrics.put("exact_match", unlessEmpty(TextMetrics::exactMatch));
    metrics.put("quasi_exact_match", unlessEmpty((gold, text) -> is(normalize(gold).equals(normalize(text)))));
    metrics.put(
        "quasi_leave_articles_exact_match",
        unlessEmpty((gold, text) -> is(normalizeButArticles(gold).equals(normalizeButArticles(text)))));
    metrics.put(
        "prefix_exact_match",
        unlessEmpty((gold, text) -> is(PythonText.strip(text).startsWith(PythonText.strip(gold)))));
    metrics.put("quasi_prefix_exact_match", unlessEmpty((gold, text) -> is(normalize(text).startsWith(normalize(gold)))));
    metrics.put("f1_score", unlessEmpty(TextMetrics::f1));
    metrics.put("exact_match_indicator", unlessEmpty(onBoth(TextMetrics::afterLastSpace)));
    metrics.put("final_number_exact_match", unlessEmpty(onBoth(TextMetrics::finalNumber)));
    metrics.put("rouge_1", unlessEmpty((gold, text) -> Rouge.ofNGrams(1, gold, text)));
    metrics.put("rouge_2", unlessEmpty((gold, text) -> Rouge.ofNGrams(2, gold, text)));
    metrics.put("rouge_l", unlessEmpty(Rouge::ofLongestCommonSubsequence));
    metrics.put("gsm8k_strict_match", (gold, text) -> is(Gsm8kAnswer.matches(gold, Gsm8kAnswer.strict(text))));
    metrics.put("gsm8k_flexible_extract", (gold, text) -> is(Gsm8kAnswer.matches(gold, Gsm8kAnswer.flexible(text))));
    return Collections.unmodifiableMap(metrics);
  }

  /** HELM's {@code normalize_text}: lower case, no ASCII punctuation, no articles, single spaces. */
  static String normalize(String text) {
    return singleSpaces(
        WORD.matcher(withoutPunctuation(text))
            .replaceAll(word -> ARTICLES.contains(word.group()) ? " " : Matcher.quoteReplacement(word.group())));
  }

  private static String normalizeButArticles(String text) {
    return singleSpaces(withoutPunctuation(text));
  }

  private static String withoutPunctuation(String text) {
    return PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
  }

  private static String singleSpaces(String text) {
    return String.join(" ", PythonText.split(text));
  }

  private static double exactMatch(String gold, String prediction) {
    return is(PythonText.strip(gold).equals(PythonText.strip(prediction)));
  }

  /** nltk's {@code f_measure} of the sets of words: a word counts once however often it stands there. */
  private static double f1(String gold, String prediction) {
    Set<String> goldWords = new HashSet<>(PythonText.split(normalize(gold)));
    Set<String> predictedWords = new HashSet<>(PythonText.split(normalize(prediction)));
    Set<String> common = new HashSet<>(goldWords);
    common.retainAll(predictedWords);
    if (common.isEmpty()) {
      return 0;
    }
    double precision = (double) common.size() / predictedWords.size();
    double recall = (double) common.size() / goldWords.size();
    return 1 / (0.5 / precision + 0.5 / recall);
  }

  private static String afterLastSpace(String text) {
    return PythonText.strip(text.substring(text.lastIndexOf(' ') + 1));
  }

  private static String finalNumber(String text) {
    String last = "";
    Matcher matcher = NUMBER.matcher(text);
    while (matcher.find()) {
      last = matcher.group();
    }
    return last.replace(",", "");
  }

  private static TextMetric onBoth(UnaryOperator<String> part) {
    TextMetric exact = unlessEmpty(TextMetrics::exactMatch);
    return (gold, prediction) -> exact.score(part.apply(gold), part.apply(prediction));
  }

  private static TextMetric unlessEmpty(TextMetric metric) {
    return (gold, prediction) -> prediction.isEmpty() ? 0 : metric.score(gold, prediction);
  }

  private static double is(boolean equal) {
    return equal ? 1 : 0;
  }
}
