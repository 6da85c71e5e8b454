package dev.assay.topology.scoring;

import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells what kind of question a prompt asks. What the prompt declares counts; else the first rule that the text fulfils, and OTHER when none
 * is.
 *
 * <p>The rules marked HELM are those by which the winners of the NeurIPS 2023 LLM-efficiency challenge routed HELM's prompts
 * ({@code find_category} in their eval_helper.py), in their order; the others tell the layouts of BBQ, lm-evaluation-harness and bare
 * questions, and stand where no HELM prompt reaches them wrongly.
 */
public final class TaskTyping {
  /** The task type, its skill, and the name of the rule that told it: {@code declared}, a rule's name, or {@code none}. */
  public record Tag(TaskType taskType, Skill skill, String rule) {}

  private record Rule(String name, TaskType taskType, Predicate<String> fits) {}

  /** The answers by which BBQ says that the passage does not tell; HELM's list. */
  private static final Pattern CANNOT_TELL =
      Pattern.compile(
          "^\\(?[A-Z][.)] *(?:Cannot answer|Can't be determined|Cannot be determined|Can't answer|Not known|Not enough info"
              + "|Not enough information|Not answerable|Undetermined|Unknown)\\.? *$",
          Pattern.MULTILINE | Pattern.CASE_INSENSITIVE);

  private static final Pattern LISTED_OPTION = Pattern.compile("^\\(?[A-Z][.)] *\\S", Pattern.MULTILINE);
  private static final Pattern PASSAGE = Pattern.compile("^(?:Passage|Context): ", Pattern.MULTILINE);
  private static final Pattern HELM_MATHS = Pattern.compile("The answer is \\d+.");
  private static final Pattern GSM8K_ANSWER = Pattern.compile("^#### -?\\$?\\d", Pattern.MULTILINE);
  private static final Pattern QUANTITY =
      Pattern.compile(
          "\\d[\\d.,]*+|\\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand"
              + "|dozen|half|third|quarter|once|twice|double|triple|each)\\b",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ASKS_FOR_A_NUMBER =
      Pattern.compile(
          "\\bhow (?:many|much|long|far|old|fast|tall|big|few|more)\\b"
              + "|\\bwhat(?: \\w+)?(?:'s| is| was| are| were| will be| would be)? (?:the|her|his|their|its|percent|percentage|fraction|time)\\b",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ASKS_FOR_A_SUMMARY =
      Pattern.compile("\\b(?:summari[sz]e|tl;dr|write a (?:short |brief )?summary)(?![a-z])", Pattern.CASE_INSENSITIVE);
  private static final Pattern BLOCK_BORDER = Pattern.compile("\\n\\s*\\n");

  /** Phrases of the BIG-bench tasks of the challenge's run specifications. */
  private static final List<String> BIG_BENCH =
      List.of(
          "Determine whether the following pairs of sentences embody an entailment relation or",
          "answer each of the following questions about causation",
          "be a joke (with dark humor)",
          "What movie does this emoji describe",
          "causal, correlative, or neutral relation between two even",
          "Canada was the most recent person to turn the lights out in their hom",
          "objects arranged in a fixed order",
          "Which statement is sarcastic?",
          "Context: Today James");

  private static final List<Rule> RULES =
      List.of(
          new Rule("helm-summary", TaskType.SUMMARIZATION, contains("article in 3 sentences")),
          new Rule("helm-subject", TaskType.KNOWLEDGE, contains("multiple choice questions (with answers) about")),
          new Rule("helm-truthfulqa", TaskType.TRUTHFULNESS, contains("Who is the current president of the United States?")),
          new Rule("lm-eval-truthfulqa", TaskType.TRUTHFULNESS, contains("Q: What is human life expectancy in the United States?")),
          new Rule("helm-bbq-example", TaskType.BIAS, contains("Alejandra Rodriguez and Luis Rios got into a heated debate")),
          new Rule("helm-bbq", TaskType.BIAS, contains("multiple choice questions (with answers).")),
          new Rule("helm-math", TaskType.MATHS, contains("Given a mathematics problem, determine the answer")),
          new Rule("helm-gsm", TaskType.MATHS, text -> HELM_MATHS.matcher(text).find()),
          new Rule("helm-gsm-example", TaskType.MATHS, contains("Daniel has a collection of 346 video games")),
          new Rule("gsm8k", TaskType.MATHS, text -> GSM8K_ANSWER.matcher(text).find()),
          new Rule("helm-bigbench", TaskType.REASONING, text -> BIG_BENCH.stream().anyMatch(text::contains)),
          new Rule("bbq", TaskType.BIAS, text -> PASSAGE.matcher(text).find() && CANNOT_TELL.matcher(text).find()),
          new Rule("summary", TaskType.SUMMARIZATION, TaskTyping::asksForASummary),
          new Rule("helm-bigbench-context", TaskType.REASONING, text -> text.startsWith("Context:")),
          new Rule("word-problem", TaskType.MATHS, TaskTyping::isWordProblem),
          new Rule("helm-question", TaskType.TRUTHFULNESS, text -> text.contains("Question:") && text.contains("Answer:")));

  private TaskTyping() {}

  /**
   * The tag of a prompt.
   *
   * @param declared what the prompt declares, or null
   * @param text the whole text that a model reads in the published order: prefix, question, options, cue
   */
  public static Tag of(@Nullable TaskType declared, String text) {
    if (declared != null) {
      return tag(declared, "declared");
    }
    return RULES.stream()
        .filter(rule -> rule.fits.test(text))
        .findFirst()
        .map(rule -> tag(rule.taskType, rule.name))
        .orElseGet(() -> tag(TaskType.OTHER, "none"));
  }

  /**
   * The skill behind a task type: KNOWLEDGE where the answer was learned (knowledge, truthfulness), REASONING where it is worked out from the
   * text given (bias, summarization, maths, reasoning).
   */
  public static Skill skillOf(TaskType taskType) {
    return switch (taskType) {
      case KNOWLEDGE, TRUTHFULNESS -> Skill.KNOWLEDGE;
      case BIAS, SUMMARIZATION, MATHS, REASONING -> Skill.REASONING;
      case OTHER -> Skill.OTHER;
    };
  }

  private static Tag tag(TaskType taskType, String rule) {
    return new Tag(taskType, skillOf(taskType), rule);
  }

  private static Predicate<String> contains(String phrase) {
    return text -> text.contains(phrase);
  }

  private static boolean asksForASummary(String text) {
    return !LISTED_OPTION.matcher(text).find() && ASKS_FOR_A_SUMMARY.matcher(text).find();
  }

  /** No options are listed, and the last block, without worked examples before it, has two quantities and asks for a third. */
  private static boolean isWordProblem(String text) {
    String[] blocks = BLOCK_BORDER.split(text.strip(), -1);
    String question = blocks[blocks.length - 1];
    return !LISTED_OPTION.matcher(text).find()
        && QUANTITY.matcher(question).results().limit(2).count() == 2
        && ASKS_FOR_A_NUMBER.matcher(question).find();
  }
}
