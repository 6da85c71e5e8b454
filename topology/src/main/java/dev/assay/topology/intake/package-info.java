/** Prompts become requests: checked, typed, rendered in every wanted order, and fanned out to the models. */
@NullMarked
package dev.assay.topology.intake;

import org.jspecify.annotations.NullMarked;
