/** Models behind an HTTP API in OpenAI's form: hosted ones, and the servers of vLLM, llama.cpp and others. */
@NullMarked
package dev.assay.inference.remote;

import org.jspecify.annotations.NullMarked;
