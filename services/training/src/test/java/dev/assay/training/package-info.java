@NullMarked
package dev.assay.training;

import org.jspecify.annotations.NullMarked;
