@NullMarked
package dev.assay.inference.worker;

import org.jspecify.annotations.NullMarked;
