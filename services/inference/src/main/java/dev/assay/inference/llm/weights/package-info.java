/** Reading a model's files: GGUF and Hugging Face folders, mapped into memory and handed on as float32. */
@NullMarked
package dev.assay.inference.llm.weights;

import org.jspecify.annotations.NullMarked;
