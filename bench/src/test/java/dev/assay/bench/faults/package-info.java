/** What breaks, on a real broker: the table that comes out is the one that nothing had disturbed. */
@NullMarked
package dev.assay.bench.faults;

import org.jspecify.annotations.NullMarked;
