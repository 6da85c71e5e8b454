package dev.assay.cli.report;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Perturbed;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificData;

/** Verdicts of run {@code r} for tests, the right option being 1 of 4. */
public final class Verdicts {

  /** When the first answer was made. */
  public static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private Verdicts() {}

  /** An option chosen by every rule. */
  public static Verdict choice(String prompt, String model, String task, int option) {
    Decision decision = new Decision(option, option == 1, 0.75);
    return verdict(prompt, model, task, new ChoiceVerdict(4, List.of(1), decision, decision, decision, option == 1, List.of(), List.of(), 0, null));
  }

  /** A text with its scores. */
  public static Verdict text(String prompt, String model, String task, String text, Map<String, Double> scores) {
    return verdict(prompt, model, task, new TextVerdict(text, List.of("acht, \"8\""), scores));
  }

  /** The same as a verdict on a perturbed copy of a prompt. */
  public static Verdict copy(Verdict verdict, String perturbation, String origin) {
    Verdict copy = SpecificData.get().deepCopy(Verdict.getClassSchema(), verdict);
    copy.put("perturbation", new Perturbed(perturbation, PerturbationFamily.ROBUSTNESS, origin, ""));
    return copy;
  }

  /** All verdicts, in that order. */
  public static StandingVerdicts standing(List<Verdict> all) {
    StandingVerdicts standing = new StandingVerdicts();
    all.forEach(standing::add);
    return standing;
  }

  private static Verdict verdict(String prompt, String model, String task, Object outcome) {
    return new Verdict(
        "r", prompt, model, "c0ffee123456", task, TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "", outcome, "1", 100L, 60L, 0L, 700L, START, START, List.of(), null,
        null, null);
  }
}
