package dev.assay.training;

import java.nio.file.Path;

/**
 * A checkpoint whose files are whole.
 *
 * @param folder where they are
 * @param state what was saved beside them
 */
record SavedCheckpoint(Path folder, TrainerState state) {}
