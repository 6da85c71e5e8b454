/** The processes behind a command: broker, registry, streams and workers; and the topics as they are read from outside. */
@NullMarked
package dev.assay.cli.stack;

import org.jspecify.annotations.NullMarked;
