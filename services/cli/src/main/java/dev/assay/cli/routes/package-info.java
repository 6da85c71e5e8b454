/** Routes, and what a router would have brought on answers that are there already. */
@NullMarked
package dev.assay.cli.routes;

import org.jspecify.annotations.NullMarked;
