/** Which models are on this machine, and how they come here. */
@NullMarked
package dev.assay.inference.store;

import org.jspecify.annotations.NullMarked;
