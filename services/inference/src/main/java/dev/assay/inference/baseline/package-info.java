/** A cheap model to compare language models with. */
@NullMarked
package dev.assay.inference.baseline;

import org.jspecify.annotations.NullMarked;
