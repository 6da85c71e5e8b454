/** Fine-tuning: from rows of prompts and answers to checkpoints, and the events that announce them. */
@NullMarked
package dev.assay.training;

import org.jspecify.annotations.NullMarked;
