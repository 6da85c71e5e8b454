/** What every process of Assay stands on: broker and registry (embedded or existing ones), client settings, topics, health. */
@NullMarked
package dev.assay.platform;

import org.jspecify.annotations.NullMarked;
