package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainableModel.Learning;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of the optimiser on a real loss against torch's. */
class AdamWIT {
  private static final int EVERY = 7;

  @TempDir private Path folder;

  @Test
  void steps_agreeWithTorch() throws IOException {
    JsonNode expected;
    try (InputStream in = AdamWIT.class.getResourceAsStream("tiny_steps.json")) {
      expected = new ObjectMapper().readTree(in);
    }
    try (TrainableModel model = TrainableModel.load(TinyBase.write(folder), LoadOptions.defaults())) {
      LoraLayout layout = new LoraLayout(model.architecture(), 4, 8, Set.of(Part.QUERY, Part.VALUE));
      float[] numbers = TinyBase.adapter(layout);
      AdamW optimiser = AdamW.fresh(layout.size());
      for (int step = 0; step < expected.path("losses").size(); step++) {
        double loss;
        float[] gradient;
        try (TrainableModel.Slope slope = model.slope(layout, numbers, 0)) {
          loss = slope.add(texts(), 1.0 / texts().stream().mapToInt(TrainingText::answers).sum(), 0);
          gradient = slope.gradient();
        }
        assertThat(loss).as("loss of step %d", step).isCloseTo(expected.path("losses").get(step).asDouble(), within(1e-3));
        double norm = expected.path("norms").get(step).asDouble();
        assertThat(AdamW.clip(gradient, 1)).as("norm of step %d", step).isCloseTo(norm, within(2e-3 * norm));
        optimiser.update(numbers, gradient, 0.01, 0.01);
      }
      for (int i = 0; i < expected.path("adapter").size(); i++) {
        // A step moves a number by 0.01 at most; where the gradient is near zero its sign is a matter of rounding.
        assertThat((double) numbers[EVERY * i]).as("number %d", EVERY * i).isCloseTo(expected.path("adapter").get(i).asDouble(), within(2e-3));
      }
    }
  }

  @Test
  void steps_ofAllWeights_agreeWithTorch() throws IOException {
    JsonNode expected;
    try (InputStream in = AdamWIT.class.getResourceAsStream("tiny_full_steps.json")) {
      expected = new ObjectMapper().readTree(in);
    }
    TrainingSettings settings = new TrainingSettings(Optional.empty(), 0.003, 1, 0.1, 0, 1, 3, 64, 8, 0, 0);
    Path written = Files.createDirectories(folder.resolve("written/trainer")).getParent();
    try (TrainableModel model = TrainableModel.load(TinyBase.write(folder), LoadOptions.defaults(), Learning.ALL_WEIGHTS);
        WholeLearner learner = new WholeLearner(model, settings)) {
      learner.begin(0);
      for (int step = 0; step < expected.path("losses").size(); step++) {
        Learner.Slope slope = learner.slope(texts(), 0);
        double norm = expected.path("norms").get(step).asDouble();
        assertThat(slope.loss()).as("loss of step %d", step).isCloseTo(expected.path("losses").get(step).asDouble(), within(1e-3));
        assertThat(slope.norm()).as("norm of step %d", step).isCloseTo(norm, within(2e-3 * norm));
        learner.update(settings.learningRate());
      }
      learner.write(written, "tiny");
    }
    Map<String, float[]> numbers = FloatFile.read(written.resolve("model.safetensors"));
    assertThat(expected.path("tensors").properties()).extracting(Map.Entry::getKey).containsExactlyInAnyOrderElementsOf(numbers.keySet());
    numbers.forEach(
        (name, all) -> {
          JsonNode some = expected.path("tensors").path(name);
          for (int i = 0; i < some.size(); i++) {
            // A step moves a number by 0.003 at most.
            assertThat((double) all[61 * i]).as("%s, number %d", name, 61 * i).isCloseTo(some.get(i).asDouble(), within(6e-4));
          }
        });
  }

  /** As {@code texts} of tiny_training.py. */
  private static List<TrainingText> texts() {
    List<TrainingText> texts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int[] ids = new int[12 + 4 * i];
      for (int j = 0; j < ids.length; j++) {
        ids[j] = (j * 29 + 7 + 11 * i) % 64;
      }
      BitSet learned = new BitSet();
      learned.set(3);
      learned.set(ids.length - 5, ids.length);
      texts.add(new TrainingText(ids, learned));
    }
    return texts;
  }
}
