package dev.assay.training;

import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.Part;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything but the model and the data that decides what a training ends with.
 *
 * @param lora the adapter that learns; empty when all weights do
 * @param learningRate of the first epoch, once warm; above 0
 * @param decay what the learning rate is multiplied with after each epoch, in (0, 1]
 * @param weightDecay of AdamW; at least 0
 * @param warmUp steps over which the learning rate rises evenly to its value; at least 0
 * @param clip the largest norm of the whole gradient; 0 for no limit
 * @param batch texts of a step; at least 1
 * @param maxTokens longer texts are dropped; at least 2
 * @param epochs passes over the data; at least 1
 * @param seed of the first numbers, the order of the texts and what is left out
 * @param checkpointEvery steps from one checkpoint to the next; 0 for one at the end of each epoch
 */
public record TrainingSettings(
    Optional<Lora> lora,
    double learningRate,
    double decay,
    double weightDecay,
    int warmUp,
    double clip,
    int batch,
    int maxTokens,
    int epochs,
    long seed,
    int checkpointEvery) {

  /**
   * An adapter.
   *
   * @param rank of every update; at least 1
   * @param alpha the updates' factor is {@code alpha / rank}
   * @param dropout part of what the adapter reads that is left out by chance, in [0, 1)
   * @param targets the matrices that are changed
   */
  public record Lora(int rank, double alpha, double dropout, Set<Part> targets) {
    public Lora {
      targets = Set.copyOf(EnumSet.copyOf(targets));
      require(rank >= 1, "rank", "at least 1", rank);
      require(Double.isFinite(alpha) && alpha != 0, "alpha", "a number other than 0", alpha);
      require(dropout >= 0 && dropout < 1, "dropout", "in [0, 1)", dropout);
    }
  }

  public TrainingSettings {
    require(learningRate > 0 && Double.isFinite(learningRate), "learning rate", "above 0", learningRate);
    require(decay > 0 && decay <= 1, "decay", "in (0, 1]", decay);
    require(weightDecay >= 0 && Double.isFinite(weightDecay), "weight decay", "at least 0", weightDecay);
    require(warmUp >= 0, "warm-up", "at least 0 steps", warmUp);
    require(clip >= 0 && Double.isFinite(clip), "clip", "at least 0", clip);
    require(batch >= 1, "batch", "at least 1 text", batch);
    require(maxTokens >= 2, "max tokens", "at least 2", maxTokens);
    require(epochs >= 1, "epochs", "at least 1", epochs);
    require(checkpointEvery >= 0, "checkpoint-every", "at least 0 steps", checkpointEvery);
  }

  /**
   * What the winners of the 2023 LLM efficiency challenge trained with: rank 8, alpha 32, dropout 0.05, query and value projections,
   * learning rate 1e-4 × 0.85 an epoch, 32 texts a step, 512 tokens. AdamW's weight decay is torch's 0.01, the clip 1.
   */
  public static TrainingSettings defaults() {
    return new TrainingSettings(Optional.of(new Lora(8, 32, 0.05, Set.of(Part.QUERY, Part.VALUE))), 1e-4, 0.85, 0.01, 0, 1, 32, 512, 1, 0, 0);
  }

  /** The learning rate of a step, counted from 1, in an epoch, counted from 0. */
  double learningRate(long step, int epoch) {
    double warmth = warmUp == 0 ? 1 : Math.min(1, (double) step / warmUp);
    return learningRate * Math.pow(decay, epoch) * warmth;
  }

  /** As texts, by name, for the record of a training: what is not equal there makes another training. */
  Map<String, String> asTexts() {
    Map<String, String> texts = new LinkedHashMap<>();
    if (lora.isPresent()) {
      texts.put("rank", Integer.toString(lora.get().rank));
      texts.put("alpha", Double.toString(lora.get().alpha));
      texts.put("dropout", Double.toString(lora.get().dropout));
      texts.put("targets", String.join(",", LoraLayout.names(lora.get().targets)));
    } else {
      texts.put("learned", "all weights");
    }
    texts.put("learningRate", Double.toString(learningRate));
    texts.put("decay", Double.toString(decay));
    texts.put("weightDecay", Double.toString(weightDecay));
    texts.put("warmUp", Integer.toString(warmUp));
    texts.put("clip", Double.toString(clip));
    texts.put("batch", Integer.toString(batch));
    texts.put("maxTokens", Integer.toString(maxTokens));
    texts.put("epochs", Integer.toString(epochs));
    texts.put("seed", Long.toString(seed));
    texts.put("checkpointEvery", Integer.toString(checkpointEvery));
    return texts;
  }

  private static void require(boolean holds, String what, String expected, Object got) {
    if (!holds) {
      throw new IllegalArgumentException("got %s %s; expected %s".formatted(what, got, expected));
    }
  }
}
