/** Verdicts become running tables whose bytes depend only on what was counted. */
@NullMarked
package dev.assay.topology.tables;

import org.jspecify.annotations.NullMarked;
