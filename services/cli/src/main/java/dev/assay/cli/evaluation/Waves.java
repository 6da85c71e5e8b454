package dev.assay.cli.evaluation;

import dev.assay.records.Prompt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Questions in waves: drawn in an order that a seed shuffles, each wave a quarter of what was asked before it and at least the first. So what
 * was asked after any wave is a random part of all, looks are rare where they cost, and at most a fifth of the questions asked is asked for
 * nothing. Perturbed copies go with their question. Within a wave the questions keep the batch's order, whose neighbours share their prefix.
 */
final class Waves {

  /** Fewer could not decide any pair among some models. */
  static final int FIRST = 20;

  private static final int GROWTH = 4;

  private Waves() {}

  static List<List<Prompt>> of(List<Prompt> prompts, long seed) {
    Map<String, List<Prompt>> questions = new LinkedHashMap<>();
    IdentityHashMap<Prompt, Integer> places = new IdentityHashMap<>();
    for (Prompt prompt : prompts) {
      places.put(prompt, places.size());
      String question = prompt.getPerturbation() == null ? prompt.getId() : prompt.getPerturbation().getOrigin();
      questions.computeIfAbsent(question, _ -> new ArrayList<>()).add(prompt);
    }
    List<List<Prompt>> shuffled = new ArrayList<>(questions.values());
    Collections.shuffle(shuffled, new Random(seed));
    List<List<Prompt>> waves = new ArrayList<>();
    for (int from = 0; from < shuffled.size(); ) {
      int to = Math.min(shuffled.size(), from + Math.max(FIRST, from / GROWTH));
      waves.add(
          shuffled.subList(from, to).stream()
              .flatMap(List::stream)
              .sorted((a, b) -> Integer.compare(places.getOrDefault(a, 0), places.getOrDefault(b, 0)))
              .toList());
      from = to;
    }
    return waves;
  }
}
