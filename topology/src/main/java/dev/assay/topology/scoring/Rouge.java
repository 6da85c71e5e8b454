package dev.assay.topology.scoring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * ROUGE-N and ROUGE-L as google-research's rouge_score computes them with {@code use_stemmer=True}, F-measure with equal weights. Source: Lin,
 * "ROUGE: a package for automatic evaluation of summaries", 2004; rouge_score's tokenizer: runs of a-z and 0-9 after lower-casing, stemmed
 * when longer than three characters (an accented letter separates words).
 */
final class Rouge {
  private static final int LONGEST_UNSTEMMED = 3;

  private Rouge() {}

  /** F-measure of the clipped overlap of n-grams, in [0, 1]; 0 when there is none. */
  static double ofNGrams(int n, String gold, String prediction) {
    List<List<String>> goldGrams = grams(n, tokens(gold));
    List<List<String>> predictedGrams = grams(n, tokens(prediction));
    Map<List<String>, Integer> left = new HashMap<>();
    goldGrams.forEach(gram -> left.merge(gram, 1, Integer::sum));
    int overlap = 0;
    for (List<String> gram : predictedGrams) {
      if (left.getOrDefault(gram, 0) > 0) {
        left.merge(gram, -1, Integer::sum);
        overlap++;
      }
    }
    return fMeasure(overlap, goldGrams.size(), predictedGrams.size());
  }

  /** F-measure of the longest common subsequence of the whole texts, in [0, 1]. */
  static double ofLongestCommonSubsequence(String gold, String prediction) {
    List<String> goldTokens = tokens(gold);
    List<String> predictedTokens = tokens(prediction);
    return fMeasure(longestCommonSubsequence(goldTokens, predictedTokens), goldTokens.size(), predictedTokens.size());
  }

  static List<String> tokens(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    List<String> tokens = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i <= lower.length(); i++) {
      if (i == lower.length() || !isTokenCharacter(lower.charAt(i))) {
        if (i > begin) {
          String token = lower.substring(begin, i);
          tokens.add(token.length() > LONGEST_UNSTEMMED ? PorterStemmer.stem(token) : token);
        }
        begin = i + 1;
      }
    }
    return tokens;
  }

  private static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static List<List<String>> grams(int n, List<String> tokens) {
    List<List<String>> grams = new ArrayList<>();
    for (int i = 0; i + n <= tokens.size(); i++) {
      grams.add(tokens.subList(i, i + n));
    }
    return grams;
  }

  private static int longestCommonSubsequence(List<String> a, List<String> b) {
    Map<String, Integer> ids = new HashMap<>();
    int[] left = ids(a, ids);
    int[] right = ids(b, ids);
    int[] longest = new int[right.length + 1];
    for (int token : left) {
      int diagonal = 0;
      for (int j = 0; j < right.length; j++) {
        int above = longest[j + 1];
        longest[j + 1] = token == right[j] ? diagonal + 1 : Math.max(above, longest[j]);
        diagonal = above;
      }
    }
    return longest[right.length];
  }

  private static int[] ids(List<String> tokens, Map<String, Integer> ids) {
    int[] result = new int[tokens.size()];
    Arrays.setAll(result, i -> ids.computeIfAbsent(tokens.get(i), _ -> ids.size()));
    return result;
  }

  private static double fMeasure(int overlap, int inGold, int inPrediction) {
    if (overlap == 0) {
      return 0;
    }
    double precision = (double) overlap / inPrediction;
    double recall = (double) overlap / inGold;
    return 2 * precision * recall / (precision + recall);
  }
}
