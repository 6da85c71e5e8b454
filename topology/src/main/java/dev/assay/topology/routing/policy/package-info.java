/** Which model answers what, and what that would have brought: policies and their evaluation. Pure functions, no Kafka. */
@NullMarked
package dev.assay.topology.routing.policy;

import org.jspecify.annotations.NullMarked;
