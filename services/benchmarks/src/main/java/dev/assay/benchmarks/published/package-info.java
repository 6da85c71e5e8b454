/** The benchmarks' files as their authors publish them: where each lies, how large it is, and its hash; what of them is here; how they come here. */
@NullMarked
package dev.assay.benchmarks.published;

import org.jspecify.annotations.NullMarked;
