/** HTTP: models, evaluations and checkpoints for any program; the routes are put together in {@code Endpoints}. */
@NullMarked
package dev.assay.gateway;

import org.jspecify.annotations.NullMarked;
