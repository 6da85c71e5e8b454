/** Verdicts become votes of an ensemble and choices of a router; metrics become routes. */
@NullMarked
package dev.assay.topology.routing;

import org.jspecify.annotations.NullMarked;
