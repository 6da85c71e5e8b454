package dev.assay.training;

import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.weights.Part;
import dev.assay.records.Checkpoint;
import dev.assay.records.TrainingStep;
import java.nio.file.Path;
import java.util.Set;

/** A training as a process of its own, which a test can kill: base folder, data, output. Says each step and checkpoint on a line. */
final class TrainingProgram {
  private TrainingProgram() {}

  static TrainingSettings settings() {
    return new TrainingSettings(4, 8, 0.2, Set.of(Part.QUERY, Part.VALUE), 0.02, 0.85, 0.01, 3, 1, 4, 64, 3, 11, 3);
  }

  public static void main(String[] args) throws Exception {
    try (TrainableModel model = TrainableModel.load(Path.of(args[0]), LoadOptions.defaults().withMaxPassTokens(20));
        Training training =
            Training.open(
                model, TrainingData.of(TrainingRow.read(Path.of(args[1])), model, settings().maxTokens()), settings(), "job", "tiny", Path.of(args[2]))) {
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
