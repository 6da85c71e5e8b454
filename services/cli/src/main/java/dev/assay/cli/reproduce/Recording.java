package dev.assay.cli.reproduce;

import dev.assay.benchmarks.RecordedAnswer;
import dev.assay.benchmarks.RecordedAnswers;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The published answers of one model.
 *
 * @param experiment the experiment that it is part of
 * @param folder where they lie
 * @param model what the folder calls the model
 */
public record Recording(Experiment experiment, Path folder, String model) {

  /**
   * All recordings of an experiment, in groups of models that are evaluated together: checkpoints of one model one after another.
   *
   * @param answers the folder of published answers, with a folder a layout
   */
  public static List<List<Recording>> rounds(Experiment experiment, Path answers) {
    List<Recording> all = new ArrayList<>();
    for (String layout : experiment.layouts()) {
      Path folder = answers.resolve(layout);
      RecordedAnswers.models(folder).forEach(model -> all.add(new Recording(experiment, folder, model)));
    }
    boolean together = all.stream().map(Recording::tableName).distinct().count() == all.size();
    return together ? List.of(all) : all.stream().map(List::of).toList();
  }

  /** By which the tables know the model. */
  public String tableName() {
    return experiment.tableName(model);
  }

  /** By which the figures know the model. */
  public String figureName() {
    return experiment.figureName(model);
  }

  /**
   * Writes the answers as stored answers.
   *
   * @param data the benchmarks' folder
   * @param prompts takes the ids of the prompts that are answered
   */
  public void write(Path data, Path file, Set<String> prompts) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (RecordedAnswer answer : (Iterable<RecordedAnswer>) answers(data)::iterator) {
        out.write(answer.toJson());
        out.write('\n');
        answer.prompt().ifPresent(prompts::add);
      }
    }
  }

  /** The answers, each with its prompt's id alone where that is known: the question would be looked up by no one. */
  private Stream<RecordedAnswer> answers(Path data) {
    return RecordedAnswers.convert(folder, model, Optional.of(data))
        .map(answer -> answer.prompt().isPresent() ? new RecordedAnswer(answer.prompt(), Optional.empty(), List.of(), answer.text()) : answer);
  }
}
