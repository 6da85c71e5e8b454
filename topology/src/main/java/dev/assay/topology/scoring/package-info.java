/**
 * What decides a score: voting, text metrics, exact sums and their intervals, task types. Pure functions of their arguments: no Kafka, no
 * clock, no randomness, and bit-identical on every machine.
 */
@NullMarked
package dev.assay.topology.scoring;

import org.jspecify.annotations.NullMarked;
