/** Standing plans: which checkpoints are evaluated without anyone asking, what is decided about each, and who carries it out. */
@NullMarked
package dev.assay.cli.plans;

import org.jspecify.annotations.NullMarked;
