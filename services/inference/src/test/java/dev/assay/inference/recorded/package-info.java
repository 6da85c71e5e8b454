@NullMarked
package dev.assay.inference.recorded;

import org.jspecify.annotations.NullMarked;
