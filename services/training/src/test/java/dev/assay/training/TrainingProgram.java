package dev.assay.training;

import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainableModel.Learning;
import dev.assay.inference.llm.weights.Part;
import dev.assay.records.Checkpoint;
import dev.assay.records.TrainingStep;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A training as a process of its own, which a test can kill: base folder, data, output, and {@code full} where all weights are to learn. Says
 * each step and checkpoint on a line.
 */
final class TrainingProgram {
  private TrainingProgram() {}

  static TrainingSettings settings() {
    return settings(new TrainingSettings.Lora(4, 8, 0.2, Set.of(Part.QUERY, Part.VALUE)), 0.02);
  }

  static TrainingSettings full() {
    return settings(null, 0.002);
  }

  static TrainingSettings settings(TrainingSettings.@Nullable Lora lora, double learningRate) {
    return new TrainingSettings(Optional.ofNullable(lora), learningRate, 0.85, 0.01, 3, 1, 4, 64, 3, 11, 3);
  }

  static Learning learning(TrainingSettings settings) {
    return settings.lora().isPresent() ? Learning.AN_ADAPTER : Learning.ALL_WEIGHTS;
  }

  public static void main(String[] args) throws Exception {
    TrainingSettings settings = args.length > 3 && args[3].equals("full") ? full() : settings();
    try (TrainableModel model = TrainableModel.load(Path.of(args[0]), LoadOptions.defaults().withMaxPassTokens(20), learning(settings));
        Training training =
            Training.open(
                model, TrainingData.of(TrainingRow.read(Path.of(args[1])), model, settings.maxTokens()), settings, "job", "tiny", Path.of(args[2]))) {
      training.run(
          new Training.Listener() {
            @Override
            public void stepped(TrainingStep step) {
              System.out.println("step " + step.getStep());
            }

            @Override
            public void saved(Checkpoint checkpoint) {
              System.out.println("saved " + checkpoint.getName());
            }
          },
          () -> false);
    } catch (TrainingException e) {
      System.out.println("refused " + e.getMessage());
      System.exit(1);
    }
  }
}
