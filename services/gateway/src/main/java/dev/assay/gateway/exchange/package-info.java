/** Requests to workers and their replies, by the same topics that evaluations go through. */
@NullMarked
package dev.assay.gateway.exchange;

import org.jspecify.annotations.NullMarked;
