/** Published answers of large models and the figures known of them: what is evaluated, and whether our figures are the same. */
@NullMarked
package dev.assay.cli.reproduce;

import org.jspecify.annotations.NullMarked;
