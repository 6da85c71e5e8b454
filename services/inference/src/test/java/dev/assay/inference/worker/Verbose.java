package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Finish;
import dev.assay.records.Request;
import dev.assay.records.Text;
import java.util.List;

/** A model that says one text to everything. */
record Verbose(String name, String text) implements AnsweringModel {

  @Override
  public ModelCard card() {
    return new ModelCard(name, "0123456789ab", "recorded", 0, 0);
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    return batch.stream().map(_ -> new ModelAnswer(new Text(text, null, Finish.END, List.of(), List.of()), 0, 0, 0)).toList();
  }

  @Override
  public void close() {
    // Nothing to let go.
  }
}
