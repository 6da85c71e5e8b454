/** From metric rows and verdicts to what a reader sees: pure functions of records. */
@NullMarked
package dev.assay.cli.report;

import org.jspecify.annotations.NullMarked;
