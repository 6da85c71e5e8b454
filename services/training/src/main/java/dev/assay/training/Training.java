package dev.assay.training;

import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainingText;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.SafetensorsCheck;
import dev.assay.records.Checkpoint;
import dev.assay.records.TrainingStep;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training run: LoRA or all weights with AdamW, a step after the other. All that is by chance follows from the seed and the step, so that a
 * run that ended early goes on from its last checkpoint and ends with the numbers that it would have had.
 */
public final class Training implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Training.class);

  /** So that the seeds of neighbouring steps have nothing in common. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final TrainableModel model;
  private final TrainingData data;
  private final TrainingSettings settings;
  private final String job;
  private final String base;
  private final Learner learner;
  private final CheckpointFolder folder;
  private final Optional<SavedCheckpoint> begun;

  /** What is told of a training while it runs. */
  public interface Listener {
    /** A step is done. */
    void stepped(TrainingStep step);

    /** A checkpoint's files are whole: after a training has been taken up again, those of the last one once more. */
    void saved(Checkpoint checkpoint);
  }

  private Training(
      TrainableModel model, TrainingData data, TrainingSettings settings, String job, String base, CheckpointFolder folder) throws IOException {
    this.model = model;
    this.data = data;
    this.settings = settings;
    this.job = job;
    this.base = base;
    this.folder = folder;
    this.begun = folder.last();
    if (begun.isPresent()) {
      requireSame(begun.get());
    }
    this.learner =
        settings.lora().<Learner>map(lora -> new AdapterLearner(model, settings, lora)).orElseGet(() -> new WholeLearner(model, settings));
  }

  /**
   * Begins a training, or takes one up again where it ended.
   *
   * @param model loaded for what the settings say is learned
   * @param base the model's name, as workers serve it
   * @param job the training run, by which its checkpoints are called
   * @param output folder of the checkpoints
   * @throws TrainingException when another training stands or runs there
   */
  public static Training open(TrainableModel model, TrainingData data, TrainingSettings settings, String job, String base, Path output)
      throws IOException {
    CheckpointFolder folder = CheckpointFolder.open(output.toAbsolutePath().normalize());
    try {
      return new Training(model, data, settings, job, base, folder);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** Optimiser steps of the whole run. */
  public long steps() {
    return (long) settings.epochs() * stepsAnEpoch();
  }

  /** Optimiser steps that were done before. */
  public long done() {
    return begun.map(saved -> saved.state().step()).orElse(0L);
  }

  /** How many numbers are learned. */
  public long parameters() {
    return learner.parameters();
  }

  /**
   * Trains to the end, or until it is to stop.
   *
   * @param stopping asked before each step
   * @throws TrainingException when a loss or gradient is no number, or a checkpoint cannot be written
   */
  public void run(Listener listener, BooleanSupplier stopping) throws IOException {
    if (begun.isPresent()) {
      learner.resume(begun.get());
      LOG.info("The training {} goes on after step {}.", job, done());
      // It may have ended between the last file and the event.
      listener.saved(event(begun.get()));
    } else {
      learner.begin(settings.seed());
    }
    double lossSum = 0;
    int lossSteps = 0;
    List<TrainingText> order = List.of();
    for (long step = done() + 1; step <= steps() && !stopping.getAsBoolean(); step++) {
      int epoch = (int) ((step - 1) / stepsAnEpoch());
      int place = (int) ((step - 1) % stepsAnEpoch());
      if (order.isEmpty() || place == 0) {
        order = shuffled(epoch);
      }
      int from = place * settings.batch();
      List<TrainingText> batch = order.subList(from, Math.min(from + settings.batch(), order.size()));
      TrainingStep report = step(step, epoch, batch);
      listener.stepped(report);
      lossSum += report.getLoss();
      lossSteps++;
      boolean due = settings.checkpointEvery() == 0 ? place == stepsAnEpoch() - 1 : step % settings.checkpointEvery() == 0;
      if (due || step == steps()) {
        listener.saved(event(save(step, lossSum / lossSteps)));
        lossSum = 0;
        lossSteps = 0;
      }
    }
  }

  private TrainingStep step(long step, int epoch, List<TrainingText> batch) {
    long begin = System.nanoTime();
    Learner.Slope slope = learner.slope(batch, settings.seed() * SPREAD + step * 0x10000L);
    double loss = slope.loss();
    double norm = slope.norm();
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new TrainingException(
          "step %d has the loss %s and a gradient of norm %s: the training has diverged; expected numbers: lower the learning rate, which is %s; the checkpoints before are as they were"
              .formatted(step, loss, norm, settings.learningRate(step, epoch)));
    }
    double learningRate = settings.learningRate(step, epoch);
    learner.update(learningRate);
    return new TrainingStep(
        job,
        base,
        step,
        steps(),
        epochs(step),
        loss,
        learningRate,
        norm,
        batch.stream().mapToLong(TrainingText::length).sum(),
        Duration.ofNanos(System.nanoTime() - begin).toMillis(),
        Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  private SavedCheckpoint save(long step, double loss) throws IOException {
    TrainerState state =
        new TrainerState(
            job,
            base,
            model.checkpoint(),
            settings.asTexts(),
            data.sha256(),
            step,
            epochs(step),
            loss,
            Instant.now().toEpochMilli(),
            Map.of());
    return folder.save(state, to -> finite(to, learner.write(to, base)));
  }

  /** The last step may have led anywhere, which only the next would find. */
  private List<String> finite(Path written, List<String> files) throws IOException {
    for (String file : files) {
      if (file.endsWith(".safetensors")) {
        try {
          SafetensorsCheck.requireFinite(written.resolve(file));
        } catch (ModelFileException e) {
          throw new TrainingException("the training has diverged, and the checkpoint is not kept: %s; lower the learning rate".formatted(e.getMessage()), e);
        }
      }
    }
    return files;
  }

  private Checkpoint event(SavedCheckpoint saved) throws IOException {
    TrainerState state = saved.state();
    return CheckpointEvents.event(
        saved.folder(),
        state.files().keySet().stream().filter(file -> !file.startsWith(CheckpointFolder.TRAINER)).sorted().toList(),
        state.job() + "@" + state.step(),
        settings.lora().isPresent() ? state.base() : null,
        state.step(),
        state.epoch(),
        state.job(),
        Instant.ofEpochMilli(state.createdAt()),
        Map.of("loss", state.loss()));
  }

  /** The texts in the order of an epoch. */
  private List<TrainingText> shuffled(int epoch) {
    List<TrainingText> order = new ArrayList<>(data.texts());
    Collections.shuffle(order, new Random(settings.seed() * SPREAD + epoch));
    return order;
  }

  private int stepsAnEpoch() {
    return Math.ceilDiv(data.texts().size(), settings.batch());
  }

  private double epochs(long step) {
    return (double) step / stepsAnEpoch();
  }

  private void requireSame(SavedCheckpoint saved) throws IOException {
    TrainerState state = saved.state();
    Map<String, String> was = new TreeMap<>(state.settings());
    was.put("base", state.base());
    was.put("base checkpoint", state.baseCheckpoint());
    was.put("data", state.data());
    was.put("job", state.job());
    Map<String, String> now = new TreeMap<>(settings.asTexts());
    now.put("base", base);
    now.put("base checkpoint", model.checkpoint());
    now.put("data", data.sha256());
    now.put("job", job);
    now.forEach(
        (name, value) -> {
          if (!value.equals(was.get(name))) {
            throw new TrainingException(
                "%s holds another training, whose %s is %s and not %s; give the settings it was begun with to go on, or another --output"
                    .formatted(saved.folder().getParent(), name, was.getOrDefault(name, "not set"), value));
          }
        });
  }

  @Override
  public void close() throws IOException {
    learner.close();
    folder.close();
  }
}
