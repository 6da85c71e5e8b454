@NullMarked
package dev.assay.inference.remote;

import org.jspecify.annotations.NullMarked;
