package dev.assay.benchmarks;

/**
 * What a task contributes to a batch.
 *
 * @param prompts how many prompts
 * @param shots worked examples in each; fewer than planned when its files hold fewer
 * @param format whose wording it has; a benchmark that the planned format does not word keeps HELM's
 */
public record TaskCount(String task, int prompts, int shots, PromptFormat format) {}
