package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Instance;
import java.util.List;

/**
 * A question that is answered by free text.
 *
 * @param text the question or article; not blank
 * @param references right answers as published; at least one, none blank
 */
public record TextQuestion(String id, Source source, String text, List<String> references) implements Question {
  /** Copies the list and refuses what cannot be asked. */
  public TextQuestion {
    references = List.copyOf(references);
    if (text.isBlank()) {
      throw new IllegalArgumentException(id + ": the question is blank; a question needs text");
    }
    if (references.isEmpty() || references.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(id + ": references " + references + "; expected at least one, none blank");
    }
  }

  @Override
  public List<String> answers() {
    return references;
  }

  @Override
  public Question perturbed(String perturbation, Instance texts) {
    return new TextQuestion(id + "~" + perturbation, source, texts.text(), texts.references());
  }
}
