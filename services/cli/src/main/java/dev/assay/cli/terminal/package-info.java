/** What people see: lines, tables, and a picture that moves where there is a terminal. */
@NullMarked
package dev.assay.cli.terminal;

import org.jspecify.annotations.NullMarked;
