/** One evaluation from its plan to its end: prompts out, counters followed. */
@NullMarked
package dev.assay.cli.evaluation;

import org.jspecify.annotations.NullMarked;
