package dev.assay.training;

import dev.assay.inference.llm.TrainingText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a training changes, with its optimiser: an adapter's numbers, or all weights. */
interface Learner extends AutoCloseable {

  /** How many numbers are learned. */
  long parameters();

  /** Begins anew. */
  void begin(long seed);

  /** Takes up a checkpoint, bit for bit. */
  void resume(SavedCheckpoint saved) throws IOException;

  /**
   * What texts say of the numbers.
   *
   * @param loss mean -log p of an answer's token
   * @param norm of the gradient
   */
  record Slope(double loss, double norm) {}

  /** The loss of a step's texts, whose gradient is kept for {@link #update}. */
  Slope slope(List<TrainingText> batch, long seed);

  /** Changes the numbers by a step of AdamW along the gradient. */
  void update(double learningRate);

  /**
   * Writes the numbers as workers read them, and in {@code trainer/} what else is needed to go on, all of it to the disk.
   *
   * @param folder that exists, as its {@code trainer} does
   * @return the files' paths in the folder
   */
  List<String> write(Path folder, String base) throws IOException;

  @Override
  void close();
}
