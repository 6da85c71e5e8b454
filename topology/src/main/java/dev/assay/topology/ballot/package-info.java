/** Answers become verdicts: each counted once, the votes merged, the text scored. */
@NullMarked
package dev.assay.topology.ballot;

import org.jspecify.annotations.NullMarked;
