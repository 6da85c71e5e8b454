package dev.assay.inference.llm;

/**
 * A turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant}, or what else the model's template knows
 * @param content what is said
 */
public record ChatMessage(String role, String content) {}
