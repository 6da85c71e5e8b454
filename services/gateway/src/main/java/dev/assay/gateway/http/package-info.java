/** JSON in and out, errors, and streams of events. */
@NullMarked
package dev.assay.gateway.http;

import org.jspecify.annotations.NullMarked;
