/** Runs, their tables, checkpoints and routes. */
@NullMarked
package dev.assay.gateway.evaluation;

import org.jspecify.annotations.NullMarked;
