/** Replays: stored answers judged again, stored prompts asked again, and a run's log as a file. */
@NullMarked
package dev.assay.cli.replay;

import org.jspecify.annotations.NullMarked;
