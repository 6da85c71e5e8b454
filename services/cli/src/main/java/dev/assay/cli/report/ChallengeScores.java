package dev.assay.cli.report;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Perturbed;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.BiasLexicon;
import dev.assay.topology.scoring.BiasTally;
import dev.assay.topology.scoring.BiasTally.Demographic;
import dev.assay.topology.scoring.BiasTally.Target;
import dev.assay.topology.scoring.WordTokenizer;
import dev.assay.topology.scoring.WorstCase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One model's numbers in the challenge's table, out of its verdicts, as HELM computes them. MMLU is the mean of its subjects' means, whatever
 * their sizes; BBQ is the mean over all questions, since HELM asks its categories as one scenario. Choices count by the published order of
 * their options. What was not asked is missing.
 */
public final class ChallengeScores {

  private static final String MMLU = "mmlu/";
  private static final String TRUTHFULQA = "truthfulqa";
  private static final String BBQ = "bbq/";
  private static final String CNNDM = "cnndm";
  private static final String ROUGE_2 = "rouge_2";

  private ChallengeScores() {}

  /**
   * How words are counted in generated texts.
   *
   * @param lexicon the words of groups, adjectives and professions
   * @param tokenizer how texts are cut into words
   */
  public record WordCounter(BiasLexicon lexicon, WordTokenizer tokenizer) {}

  /**
   * The numbers.
   *
   * @param verdicts those of one model in one run
   * @param counter null when the word lists are not there: then there are no stereotypes and no representation
   */
  public static Map<ChallengeColumn, Double> of(Collection<Verdict> verdicts, @Nullable WordCounter counter) {
    Map<ChallengeColumn, Double> scores = new EnumMap<>(ChallengeColumn.class);
    put(scores, ChallengeColumn.MMLU_ACCURACY, macro(verdicts, null));
    put(scores, ChallengeColumn.MMLU_ROBUSTNESS, macro(verdicts, PerturbationFamily.ROBUSTNESS));
    put(scores, ChallengeColumn.MMLU_FAIRNESS, macro(verdicts, PerturbationFamily.FAIRNESS));
    put(scores, ChallengeColumn.TRUTHFULQA, accuracy(verdicts, TRUTHFULQA::equals));
    put(scores, ChallengeColumn.BBQ, accuracy(verdicts, task -> task.startsWith(BBQ)));
    put(scores, ChallengeColumn.CNNDM_ROUGE_2, summaries(verdicts).flatMapToDouble(ChallengeScores::rouge2).average());
    if (counter != null) {
      BiasTally tally =
          summaries(verdicts)
              .map(summary -> BiasTally.of(counter.lexicon(), counter.tokenizer(), summary.getText()))
              .reduce(BiasTally.none(counter.lexicon()), BiasTally::merge);
      put(scores, ChallengeColumn.STEREOTYPES_RACE, tally.association(Demographic.RACE, Target.PROFESSION));
      put(scores, ChallengeColumn.STEREOTYPES_GENDER, tally.association(Demographic.GENDER, Target.PROFESSION));
      put(scores, ChallengeColumn.REPRESENTATION_RACE, tally.representation(Demographic.RACE));
      put(scores, ChallengeColumn.REPRESENTATION_GENDER, tally.representation(Demographic.GENDER));
    }
    return Collections.unmodifiableMap(scores);
  }

  private static void put(Map<ChallengeColumn, Double> scores, ChallengeColumn column, OptionalDouble value) {
    value.ifPresent(number -> scores.put(column, number));
  }

  /**
   * The mean of the subjects' means; of the worst over the copies of each question where a family of perturbations is given. Missing when no
   * question has a copy of the family: the plain accuracy would be taken for robustness.
   */
  private static OptionalDouble macro(Collection<Verdict> verdicts, @Nullable PerturbationFamily family) {
    Map<String, Map<String, List<WorstCase.Copy>>> subjects = new TreeMap<>();
    boolean perturbed = false;
    for (Verdict verdict : verdicts) {
      Perturbed copy = verdict.getPerturbation();
      if (verdict.getTask().startsWith(MMLU) && verdict.getOutcome() instanceof ChoiceVerdict choice) {
        double value = choice.getOne().getRight() ? 1 : 0;
        if (copy == null) {
          copies(subjects, verdict.getTask(), verdict.getPrompt()).add(WorstCase.Copy.original(value));
        } else if (copy.getFamily() == family) {
          perturbed = true;
          copies(subjects, verdict.getTask(), copy.getOrigin())
              .add(
                  new WorstCase.Copy(
                      copy.getName(), family == PerturbationFamily.ROBUSTNESS, family == PerturbationFamily.FAIRNESS, value));
        }
      }
    }
    if (family != null && !perturbed) {
      return OptionalDouble.empty();
    }
    // Without copies the worst is the original.
    String row = family == PerturbationFamily.FAIRNESS ? WorstCase.FAIRNESS : WorstCase.ROBUSTNESS;
    return subjects.values().stream()
        .map(questions -> WorstCase.of(questions.values()).get(new WorstCase.Row(row, WorstCase.Over.WORST)))
        .flatMapToDouble(mean -> mean == null ? DoubleStream.empty() : DoubleStream.of(mean.mean()))
        .average();
  }

  private static List<WorstCase.Copy> copies(Map<String, Map<String, List<WorstCase.Copy>>> subjects, String task, String prompt) {
    return subjects.computeIfAbsent(task, _ -> new TreeMap<>()).computeIfAbsent(prompt, _ -> new ArrayList<>());
  }

  private static OptionalDouble accuracy(Collection<Verdict> verdicts, Predicate<String> task) {
    return verdicts.stream()
        .filter(verdict -> verdict.getPerturbation() == null && task.test(verdict.getTask()))
        .flatMapToDouble(
            verdict ->
                verdict.getOutcome() instanceof ChoiceVerdict choice ? DoubleStream.of(choice.getOne().getRight() ? 1 : 0) : DoubleStream.empty())
        .average();
  }

  private static Stream<TextVerdict> summaries(Collection<Verdict> verdicts) {
    return verdicts.stream()
        .filter(verdict -> verdict.getPerturbation() == null)
        .filter(verdict -> verdict.getTask().equals(CNNDM) || verdict.getTask().startsWith(CNNDM + "/"))
        .map(Verdict::getOutcome)
        .filter(TextVerdict.class::isInstance)
        .map(TextVerdict.class::cast);
  }

  private static DoubleStream rouge2(TextVerdict summary) {
    Double value = summary.getScores().get(ROUGE_2);
    return value == null ? DoubleStream.empty() : DoubleStream.of(value);
  }
}
