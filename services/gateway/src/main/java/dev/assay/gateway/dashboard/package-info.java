/** The live dashboard: its pages, the events that feed it, and where a question's records lie. */
@NullMarked
package dev.assay.gateway.dashboard;

import org.jspecify.annotations.NullMarked;
