package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
