/** Measures and breaks the whole pipeline: made questions with known answers, services as child processes, tables read back. */
@NullMarked
package dev.assay.bench;

import org.jspecify.annotations.NullMarked;
