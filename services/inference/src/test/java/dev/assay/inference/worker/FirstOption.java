package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Finish;
import dev.assay.records.Request;
import dev.assay.records.Text;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A model that says A and its prompt's id, after what the test wants to happen. */
record FirstOption(String name, Consumer<List<Request>> before, AtomicInteger closed) implements AnsweringModel {

  FirstOption(String name, Consumer<List<Request>> before) {
    this(name, before, new AtomicInteger());
  }

  static FirstOption instant(String name) {
    return new FirstOption(name, batch -> {});
  }

  static FirstOption slow(String name, Duration each) {
    return new FirstOption(name, batch -> sleep(each));
  }

  static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public ModelCard card() {
    return new ModelCard(name, "0123456789ab", "recorded", 0, 0);
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    before.accept(batch);
    return batch.stream()
        .map(request -> new ModelAnswer(new Text("A " + request.getEnvelope().getPrompt(), null, Finish.END, List.of(), List.of()), 7, 3, 2))
        .toList();
  }

  @Override
  public void close() {
    closed.incrementAndGet();
  }
}
