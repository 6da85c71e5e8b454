package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Instance;
import java.util.List;

/**
 * A question with options to choose from.
 *
 * @param passage text the question is about; empty when there is none
 * @param text the question
 * @param options 2 to 26 texts in published order
 * @param gold indices of the right options, ascending; at least one
 */
public record ChoiceQuestion(String id, Source source, String passage, String text, List<String> options, List<Integer> gold)
    implements Question {
  /** The most options that letters can label. */
  static final int MOST_OPTIONS = 26;

  /** Copies the lists and refuses what cannot be asked. */
  public ChoiceQuestion {
    options = List.copyOf(options);
    gold = List.copyOf(gold);
    if (text.isBlank()) {
      throw new IllegalArgumentException(id + ": the question is blank; a question needs text");
    }
    if (options.size() < 2 || options.size() > MOST_OPTIONS) {
      throw new IllegalArgumentException(id + ": " + options.size() + " options; a choice needs 2 to " + MOST_OPTIONS);
    }
    int count = options.size();
    if (gold.isEmpty() || gold.stream().anyMatch(g -> g < 0 || g >= count)) {
      throw new IllegalArgumentException(id + ": gold " + gold + "; expected at least one index from 0 to " + (count - 1));
    }
  }

  @Override
  public List<String> answers() {
    return options;
  }

  @Override
  public Question perturbed(String perturbation, Instance texts) {
    return new ChoiceQuestion(id + "~" + perturbation, source, passage, texts.text(), texts.references(), gold);
  }
}
