/** What operators see of a service: meters and health. */
@NullMarked
package dev.assay.cli.operations;

import org.jspecify.annotations.NullMarked;
