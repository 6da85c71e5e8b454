/** What the log holds, as files that other tools read. */
@NullMarked
package dev.assay.cli.export;

import org.jspecify.annotations.NullMarked;
