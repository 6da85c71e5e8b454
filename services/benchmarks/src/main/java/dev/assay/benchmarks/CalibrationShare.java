package dev.assay.benchmarks;

import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Picks the questions on which PRIDE estimates the prior. Questions share a prior when they have as many options and are of one task, where
 * the task has questions enough; the small tasks of a run share one. Which of them are picked depends on the run's seed and their ids.
 */
public final class CalibrationShare {
  /** Of a task with fewer questions the share would be a handful. */
  private static final int QUESTIONS_OF_A_GROUP = 200;

  /** The fewest questions that a prior is estimated on, or all where there are fewer: below that, chance weighs more than what it corrects. */
  private static final int FEWEST = 10;

  private CalibrationShare() {}

  /**
   * The prompts, those that are asked by PRIDE with their part in the estimate.
   *
   * @param orders the rule by which they are asked
   * @param seed of the run
   */
  public static List<Prompt> mark(List<Prompt> prompts, OrderPlan orders, long seed) {
    if (orders.rule() != OrderRule.PRIDE) {
      return prompts;
    }
    Map<String, List<Prompt>> byTask = grouped(prompts.stream().filter(CalibrationShare::isAskedByPride).toList(), CalibrationShare::ofTask);
    Map<String, List<Prompt>> groups =
        grouped(
            byTask.values().stream().flatMap(List::stream).toList(),
            prompt -> byTask.get(ofTask(prompt)).size() >= QUESTIONS_OF_A_GROUP ? ofTask(prompt) : "all:" + options(prompt));
    IdentityHashMap<Prompt, Calibration> parts = new IdentityHashMap<>();
    groups.forEach((name, group) -> parts.putAll(parts(name, group, orders, seed)));
    return prompts.stream().map(prompt -> parts.containsKey(prompt) ? with(prompt, parts.get(prompt)) : prompt).toList();
  }

  private static IdentityHashMap<Prompt, Calibration> parts(String name, List<Prompt> group, OrderPlan orders, long seed) {
    List<Prompt> published = group.stream().filter(prompt -> prompt.getPerturbation() == null).toList();
    int wanted = Math.max(FEWEST, (int) Math.ceil(orders.share() * published.size()));
    Set<String> members = new HashSet<>();
    published.stream().sorted(Comparator.comparing(prompt -> draw(seed, prompt.getId()), Arrays::compareUnsigned)).limit(wanted).forEach(prompt -> members.add(prompt.getId()));
    IdentityHashMap<Prompt, Calibration> parts = new IdentityHashMap<>();
    group.forEach(prompt -> parts.put(prompt, new Calibration(name, Math.max(1, members.size()), members.contains(prompt.getId()))));
    return parts;
  }

  private static Map<String, List<Prompt>> grouped(List<Prompt> prompts, Function<Prompt, String> name) {
    return prompts.stream().collect(Collectors.groupingBy(name, TreeMap::new, Collectors.toList()));
  }

  private static boolean isAskedByPride(Prompt prompt) {
    return prompt.getAsk() instanceof Choice choice && choice.getOrders() == OrderRule.PRIDE;
  }

  private static String ofTask(Prompt prompt) {
    return prompt.getTask() + ":" + options(prompt);
  }

  private static int options(Prompt prompt) {
    return ((Choice) prompt.getAsk()).getOptions().size();
  }

  private static Prompt with(Prompt prompt, Calibration calibration) {
    return Prompt.newBuilder(prompt).setAsk(Choice.newBuilder((Choice) prompt.getAsk()).setCalibration(calibration).build()).build();
  }

  private static byte[] draw(long seed, String id) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
      return digest.digest(id.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
