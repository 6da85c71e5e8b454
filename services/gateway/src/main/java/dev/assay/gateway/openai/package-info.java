/** The API of OpenAI, as far as workers can serve it. */
@NullMarked
package dev.assay.gateway.openai;

import org.jspecify.annotations.NullMarked;
