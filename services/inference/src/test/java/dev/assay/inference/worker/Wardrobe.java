package dev.assay.inference.worker;

import dev.assay.inference.AdaptableModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Finish;
import dev.assay.records.Request;
import dev.assay.records.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A model whose adapters make it say what stands in their safetensors; without one it says its name. */
record Wardrobe(String name, Map<String, String> worn) implements AdaptableModel {

  Wardrobe(String name) {
    this(name, new ConcurrentHashMap<>());
  }

  @Override
  public ModelCard card() {
    return new ModelCard(name, "0123456789ab", "language", 0, 0);
  }

  @Override
  public Optional<ModelCard> card(String asked) {
    return asked.equals(name) ? Optional.of(card()) : Optional.ofNullable(worn.get(asked)).map(text -> card(asked, text));
  }

  @Override
  public ModelCard attach(String adapter, Path folder) throws IOException {
    String text = Files.readString(folder.resolve("adapter_model.safetensors"));
    worn.put(adapter, text);
    return card(adapter, text);
  }

  @Override
  public boolean detach(String adapter) {
    return worn.remove(adapter) != null;
  }

  @Override
  public List<ModelCard> adapters() {
    return worn.entrySet().stream().map(one -> card(one.getKey(), one.getValue())).sorted(Comparator.comparing(ModelCard::name)).toList();
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    return batch.stream().map(request -> answer(request.getModel())).toList();
  }

  private ModelAnswer answer(String asked) {
    String text = asked.equals(name) ? name : worn.get(asked);
    return text == null
        ? ModelAnswer.failure(asked + " is not loaded here")
        : new ModelAnswer(new Text(text, null, Finish.END, List.of(), List.of()), 8, 2, 0);
  }

  private static ModelCard card(String adapter, String text) {
    return new ModelCard(adapter, "%012x".formatted(text.hashCode()), "language", 0, 0);
  }

  @Override
  public void close() {
    // Nothing to let go.
  }
}
