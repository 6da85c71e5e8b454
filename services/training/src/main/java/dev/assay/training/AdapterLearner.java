package dev.assay.training;

import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.ModelFileException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The numbers of a LoRA adapter. */
final class AdapterLearner implements Learner {
  private final TrainableModel model;
  private final TrainingSettings settings;
  private final TrainingSettings.Lora lora;
  private final LoraLayout layout;
  private float[] numbers = {};
  private float[] gradient = {};
  private AdamW optimiser = AdamW.fresh(0);

  AdapterLearner(TrainableModel model, TrainingSettings settings, TrainingSettings.Lora lora) {
    this.model = model;
    this.settings = settings;
    this.lora = lora;
    this.layout = new LoraLayout(model.architecture(), lora.rank(), lora.alpha(), lora.targets());
  }

  @Override
  public long parameters() {
    return layout.size();
  }

  @Override
  public void begin(long seed) {
    numbers = layout.initial(new SplittableRandom(seed));
    optimiser = AdamW.fresh(layout.size());
  }

  @Override
  public void resume(SavedCheckpoint saved) throws IOException {
    Path file = saved.folder().resolve(CheckpointFolder.NUMBERS);
    Map<String, float[]> kept = FloatFile.read(file);
    for (String name : List.of("adapter", "mean", "square")) {
      if (!kept.containsKey(name) || kept.get(name).length != layout.size()) {
        throw new ModelFileException("%s holds no %d numbers of %s".formatted(file, layout.size(), name));
      }
    }
    numbers = kept.get("adapter");
    optimiser = new AdamW(kept.get("mean"), kept.get("square"), saved.state().step());
  }

  @Override
  public Slope slope(List<TrainingText> batch, long seed) {
    try (TrainableModel.Slope slope = model.slope(layout, numbers, lora.dropout())) {
      double loss = slope.add(batch, 1.0 / batch.stream().mapToInt(TrainingText::answers).sum(), seed);
      gradient = slope.gradient();
      return new Slope(loss, AdamW.clip(gradient, settings.clip()));
    }
  }

  @Override
  public void update(double learningRate) {
    optimiser.update(numbers, gradient, learningRate, settings.weightDecay());
  }

  @Override
  public List<String> write(Path folder, String base) throws IOException {
    model.write(folder, layout, numbers, base, lora.dropout());
    FloatFile.write(
        folder.resolve(CheckpointFolder.NUMBERS),
        List.of(tensor("adapter", numbers), tensor("mean", optimiser.mean()), tensor("square", optimiser.square())));
    return List.of(AdapterFolder.CONFIG, AdapterFolder.WEIGHTS, CheckpointFolder.NUMBERS);
  }

  private static FloatFile.Tensor tensor(String name, float[] numbers) {
    return new FloatFile.Tensor(name, List.of(numbers.length), FloatBuffer.wrap(numbers));
  }

  @Override
  public void close() {}
}
