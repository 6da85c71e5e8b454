package dev.assay.platform;

import java.time.Duration;

/**
 * Whether one part of the stack answers.
 *
 * @param part which: {@code broker}, {@code topics}, {@code schema registry}
 * @param ok whether it answers as it should
 * @param detail what it says, or what is wrong and what to do
 * @param took how long the answer took
 */
public record Health(String part, boolean ok, String detail, Duration took) {}
