package dev.assay.cli.plans;

import dev.assay.records.Prompt;
import dev.assay.topology.scoring.SeededDraw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which a plan asks its questions: each task in an order that the seed draws, the tasks in step with each other. So whatever was
 * asked first is a random part of each task, as large a part of one as of another, and the same questions for every checkpoint. Pure.
 */
final class AskingOrder {

  private AskingOrder() {}

  private record Placed(Prompt prompt, double place) {}

  private record Drawn(Prompt prompt, long draw) {}

  static List<Prompt> of(List<Prompt> prompts, long seed) {
    Map<String, List<Drawn>> byTask = new LinkedHashMap<>();
    for (Prompt prompt : prompts) {
      byTask.computeIfAbsent(prompt.getTask(), _ -> new ArrayList<>()).add(new Drawn(prompt, new SeededDraw(seed, prompt.getId()).next()));
    }
    List<Placed> placed = new ArrayList<>();
    for (List<Drawn> task : byTask.values()) {
      task.sort(Comparator.comparingLong(Drawn::draw).thenComparing(drawn -> drawn.prompt().getId()));
      for (int i = 0; i < task.size(); i++) {
        placed.add(new Placed(task.get(i).prompt(), (i + 0.5) / task.size()));
      }
    }
    // The sort is stable, so that tasks of one size keep their order.
    placed.sort(Comparator.comparingDouble(Placed::place));
    return placed.stream().map(Placed::prompt).toList();
  }
}
