/** Whether the gateway and what it needs are there. */
@NullMarked
package dev.assay.gateway.health;

import org.jspecify.annotations.NullMarked;
