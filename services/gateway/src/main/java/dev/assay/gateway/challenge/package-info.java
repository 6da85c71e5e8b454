/** The API of the NeurIPS 2023 LLM efficiency challenge, as HELM's client speaks it. */
@NullMarked
package dev.assay.gateway.challenge;

import org.jspecify.annotations.NullMarked;
