/** From the name of a model on the command line to a model that answers. */
@NullMarked
package dev.assay.cli.model;

import org.jspecify.annotations.NullMarked;
