/** What every stream stage shares: how it is run, and how it gives up a record. */
@NullMarked
package dev.assay.topology;

import org.jspecify.annotations.NullMarked;
