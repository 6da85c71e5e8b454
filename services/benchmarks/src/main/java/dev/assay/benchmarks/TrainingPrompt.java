package dev.assay.benchmarks;

import dev.assay.records.Prompt;

/**
 * A question that its benchmark sets apart for training, worded as the evaluation words those that it asks.
 *
 * @param prompt without worked examples, its options in published order
 * @param answer what is to follow the prompt: the right option's letter or the reference, with what stands between the cue and the answer
 */
public record TrainingPrompt(Prompt prompt, String answer) {}
