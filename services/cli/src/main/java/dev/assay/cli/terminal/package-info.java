/** Between people and the command: lines, tables and a picture that moves; what went wrong; and Ctrl-C. */
@NullMarked
package dev.assay.cli.terminal;

import org.jspecify.annotations.NullMarked;
