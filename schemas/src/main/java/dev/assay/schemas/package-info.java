/** The contracts between the stages: topics, keys, and records in Confluent's wire format. */
@NullMarked
package dev.assay.schemas;

import org.jspecify.annotations.NullMarked;
