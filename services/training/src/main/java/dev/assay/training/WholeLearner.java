package dev.assay.training;

import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.WholeModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All weights of a model. */
final class WholeLearner implements Learner {
  private final WholeModel model;
  private final TrainingSettings settings;
  private long steps;
  private double factor = 1;

  WholeLearner(TrainableModel model, TrainingSettings settings) {
    this.model = model.whole();
    this.settings = settings;
  }

  @Override
  public long parameters() {
    return model.parameters();
  }

  /** The weights are what was loaded. */
  @Override
  public void begin(long seed) {
    steps = 0;
  }

  @Override
  public void resume(SavedCheckpoint saved) throws IOException {
    model.read(saved.folder(), saved.folder().resolve(CheckpointFolder.NUMBERS));
    steps = saved.state().step();
  }

  @Override
  public Slope slope(List<TrainingText> batch, long seed) {
    double loss = model.add(batch, 1.0 / batch.stream().mapToInt(TrainingText::answers).sum());
    double norm = model.norm();
    factor = AdamW.factor(norm, settings.clip());
    return new Slope(loss, norm);
  }

  @Override
  public void update(double learningRate) {
    steps++;
    model.update(AdamW.step(steps, learningRate, settings.weightDecay()), factor);
  }

  @Override
  public List<String> write(Path folder, String base) throws IOException {
    List<String> files = new ArrayList<>(model.write(folder));
    model.writeState(folder.resolve(CheckpointFolder.NUMBERS));
    files.add(CheckpointFolder.NUMBERS);
    return files;
  }

  @Override
  public void close() {
    model.close();
  }
}
