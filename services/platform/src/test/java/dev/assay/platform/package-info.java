/** Tests of the platform, and the stack that other rooms' integration tests run on. */
@NullMarked
package dev.assay.platform;

import org.jspecify.annotations.NullMarked;
