/** The worker: requests of one model from a share group, answers to {@code assay.answers}, at least once. */
@NullMarked
package dev.assay.inference.worker;

import org.jspecify.annotations.NullMarked;
