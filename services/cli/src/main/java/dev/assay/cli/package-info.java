/** The {@code assay} command: composes the rooms into one process, or starts one of them. */
@NullMarked
package dev.assay.cli;

import org.jspecify.annotations.NullMarked;
