package dev.assay.inference;

/**
 * What a model is, as it is announced on {@code assay.models} and stamped on each answer.
 *
 * @param name by which prompts ask for it
 * @param checkpoint version of its weights: the first 12 hex digits of their sha256, or what its files name
 * @param kind {@code language}, {@code baseline}, {@code recorded} or {@code remote}
 * @param contextTokens the longest text it reads, in tokens; 0 when there is no limit
 * @param parameters how many; 0 when unknown
 */
public record ModelCard(String name, String checkpoint, String kind, int contextTokens, long parameters) {}
