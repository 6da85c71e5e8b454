package dev.assay.cli;

import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;

/**
 * What every command works with.
 *
 * @param console where it writes
 * @param interruption what tells it to end early
 */
record Context(Console console, Interruption interruption) {}
