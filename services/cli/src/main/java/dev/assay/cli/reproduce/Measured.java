package dev.assay.cli.reproduce;

/**
 * A figure as we measured it.
 *
 * @param n over how many answers
 * @param value their mean, or what was computed from them
 */
public record Measured(long n, double value) {}
