/** Whether the figures that are known of published answers come out. */
@NullMarked
package dev.assay.cli.reproduce;

import org.jspecify.annotations.NullMarked;
