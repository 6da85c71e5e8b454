@NullMarked
package dev.assay.inference.baseline;

import org.jspecify.annotations.NullMarked;
