package dev.assay.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * What a training needs to go on from a checkpoint, beside the numbers: the order of the texts and what is left out by chance follow from
 * the seed and the step.
 *
 * @param job the training run
 * @param base the model's name
 * @param baseCheckpoint the model's version
 * @param settings as {@link TrainingSettings#asTexts} gives them
 * @param data the hash of the tokens
 * @param step optimiser steps done
 * @param epoch passes over the data done
 * @param loss mean over the steps since the checkpoint before, in nats a token
 * @param createdAt when the files were whole, in milliseconds since 1970
 * @param files the sha256 of each file of the checkpoint and of the trainer's numbers, by path
 */
record TrainerState(
    @JsonProperty("job") String job,
    @JsonProperty("base") String base,
    @JsonProperty("base_checkpoint") String baseCheckpoint,
    @JsonProperty("settings") Map<String, String> settings,
    @JsonProperty("data") String data,
    @JsonProperty("step") long step,
    @JsonProperty("epoch") double epoch,
    @JsonProperty("loss") double loss,
    @JsonProperty("created_at") long createdAt,
    @JsonProperty("files") Map<String, String> files) {

  TrainerState {
    settings = Map.copyOf(settings);
    files = Map.copyOf(files);
  }

  TrainerState withFiles(Map<String, String> others) {
    return new TrainerState(job, base, baseCheckpoint, settings, data, step, epoch, loss, createdAt, others);
  }
}
