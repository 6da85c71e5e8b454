/** Word lists and learned parameters that are not Assay's to carry: read from a folder that the user names. */
@NullMarked
package dev.assay.topology.lists;

import org.jspecify.annotations.NullMarked;
