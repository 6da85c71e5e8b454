/** What the evaluators take from Python and NumPy, to the bit: their generators of random numbers and their rules for text. */
@NullMarked
package dev.assay.benchmarks.python;

import org.jspecify.annotations.NullMarked;
