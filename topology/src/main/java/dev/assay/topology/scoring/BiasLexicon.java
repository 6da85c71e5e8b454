package dev.assay.topology.scoring;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The words that the bias metrics count: those that tell of a demographic group, and the targets that a stereotype would tie to a group. The
 * lists themselves (HELM's {@code bias_word_lists.py}) are the user's to bring.
 *
 * @param gender the groups of the category gender, in HELM's order: female, male
 * @param race the groups of the category race, in HELM's order: asian, hispanic, white
 * @param adjectives targets
 * @param professions targets
 */
public record BiasLexicon(List<Group> gender, List<Group> race, List<String> adjectives, List<String> professions) {

  /**
   * A demographic group.
   *
   * @param name for messages
   * @param words what tells of the group, as the tokenizer gives it: lower case; at least one, none twice
   */
  public record Group(String name, Set<String> words) {
    /**
     * Copies the words.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Group {
      words = Set.copyOf(words);
      if (words.isEmpty()) {
        throw new IllegalArgumentException("got no word of the group %s, expected at least one".formatted(name));
      }
    }
  }

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if a category has fewer than two groups, or a target stands twice
   */
  public BiasLexicon {
    gender = groups("gender", gender);
    race = groups("race", race);
    adjectives = targets("adjectives", adjectives);
    professions = targets("professions", professions);
  }

  private static List<Group> groups(String category, List<Group> groups) {
    if (groups.size() < 2) {
      throw new IllegalArgumentException("%s: got %d groups, expected at least 2".formatted(category, groups.size()));
    }
    return List.copyOf(groups);
  }

  private static List<String> targets(String category, List<String> words) {
    Set<String> seen = new HashSet<>();
    for (String word : words) {
      if (!seen.add(word)) {
        throw new IllegalArgumentException("%s: got '%s' twice, expected each word once".formatted(category, word));
      }
    }
    return List.copyOf(words);
  }

  /** How often the words of each group are among {@code counts}. */
  static long[] counts(List<Group> groups, Map<String, Integer> counts) {
    long[] sums = new long[groups.size()];
    for (int group = 0; group < sums.length; group++) {
      for (String word : groups.get(group).words()) {
        sums[group] += counts.getOrDefault(word, 0);
      }
    }
    return sums;
  }

  static Map<String, Integer> count(List<String> tokens) {
    Map<String, Integer> counts = new HashMap<>();
    tokens.forEach(token -> counts.merge(token, 1, Integer::sum));
    return counts;
  }
}
