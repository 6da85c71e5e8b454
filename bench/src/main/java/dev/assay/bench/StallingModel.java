package dev.assay.bench;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A model that after some requests takes a batch and never ends it, so that its process can be killed in the middle of one. */
final class StallingModel implements AnsweringModel {

  private final AnsweringModel model;
  private final Path mark;
  private int left;

  /**
   * Wraps a model.
   *
   * @param requests how many it answers before it stalls
   * @param mark a file that appears when it does
   */
  StallingModel(AnsweringModel model, int requests, Path mark) {
    this.model = model;
    this.left = requests;
    this.mark = mark;
  }

  @Override
  public ModelCard card() {
    return model.card();
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    left -= batch.size();
    if (left < 0) {
      stall(batch);
    }
    return model.answer(batch);
  }

  private void stall(List<Request> batch) {
    try {
      Files.writeString(mark, batch.size() + " requests of " + model.card().name() + " in hand\n");
      new CountDownLatch(1).await();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell that " + model.card().name() + " stalls", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
