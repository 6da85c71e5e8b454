/** The language-model engine: scoring and generation with decoder-only transformers over DJL and PyTorch. */
@NullMarked
package dev.assay.inference.llm;

import org.jspecify.annotations.NullMarked;
