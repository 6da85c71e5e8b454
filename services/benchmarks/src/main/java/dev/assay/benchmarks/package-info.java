/** Readers of the benchmarks' published files, prompt formats, and the starter benchmark: files become prompts. */
@NullMarked
package dev.assay.benchmarks;

import org.jspecify.annotations.NullMarked;
