/** A model that answers from stored answers. */
@NullMarked
package dev.assay.inference.recorded;

import org.jspecify.annotations.NullMarked;
