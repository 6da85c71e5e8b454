package dev.assay.cli.reproduce;

import dev.assay.benchmarks.PromptFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Published answers on one benchmark, of which figures are known; the quick ones first. */
public enum Experiment {
  /** Four models of GSM8K's authors. */
  GSM8K("GPT-3 fine-tuned on GSM8K, with and without verification", "gsm8k", PromptFormat.HELM, "gsm8k_openai"),
  /** The summarisers of SummEval. */
  CNNDM("Twelve summarisers on CNN/DailyMail (SummEval)", "cnndm", PromptFormat.HELM, "cnndm_summeval"),
  /** Three ways to ask UnifiedQA, of BBQ's authors; every question, as they asked them. */
  BBQ("UnifiedQA-11B on BBQ", "bbq", PromptFormat.LM_EVAL, "bbq_unifiedqa"),
  /** Codex, answering at once and step by step. */
  BBH("Codex on BIG-bench Hard", "bigbench_hard", PromptFormat.HELM, "bbh_codex_direct", "bbh_codex_cot"),
  /** Five checkpoints of one fine-tuning, each a version of the same model. */
  MMLU_CHECKPOINTS("Five checkpoints of a fine-tuned Llama on MMLU", "mmlu", PromptFormat.HELM, "mmlu_llama_fed_checkpoints"),
  /** Ten models, as HELM asked them. */
  MMLU_HELM("Ten models on MMLU (HELM)", "mmlu", PromptFormat.HELM, "mmlu_helm_combined");

  /** By which the tables know the model whose checkpoints are evaluated. */
  static final String FINE_TUNED = "llama-fed";

  private final String title;
  private final String tasks;
  private final PromptFormat format;
  @SuppressWarnings("ImmutableEnumChecker") // List.of gives no list that changes.
  private final List<String> layouts;

  Experiment(String title, String tasks, PromptFormat format, String... layouts) {
    this.title = title;
    this.tasks = tasks;
    this.format = format;
    this.layouts = List.of(layouts);
  }

  /**
   * The experiment of a label.
   *
   * @throws IllegalArgumentException when there is none; the message lists the labels
   */
  public static Experiment of(String label) {
    return Arrays.stream(values())
        .filter(experiment -> experiment.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "got the experiment %s; expected some of %s"
                        .formatted(label, Arrays.stream(values()).map(Experiment::label).collect(Collectors.joining(", ")))));
  }

  /** What it is called on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What it is, for people. */
  public String title() {
    return title;
  }

  /** The tasks that were asked. */
  public String tasks() {
    return tasks;
  }

  /** Whose choice of questions and wording it is. */
  public PromptFormat format() {
    return format;
  }

  /** Names of the folders that hold the answers. */
  public List<String> layouts() {
    return layouts;
  }

  /** By which the tables know a model of the folders: checkpoints share one name. */
  public String tableName(String model) {
    return this == MMLU_CHECKPOINTS ? FINE_TUNED : model;
  }

  /** By which the figures know a model of the folders. */
  public String figureName(String model) {
    return this == MMLU_CHECKPOINTS ? FINE_TUNED + "@" + model : model;
  }
}
