package dev.assay.inference.recorded;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.recorded.AnswerIndex.Found;
import dev.assay.inference.recorded.AnswerIndex.Question;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that gives stored answers, as they were stored: stop texts and token limits of a request do not apply to what was generated
 * elsewhere. An answer is looked up by prompt id, else by question and options (for generated text, by the request's suffix). A stored
 * text answers the published order only; stored log-probabilities answer the orders they were stored for.
 */
public final class RecordedModel implements AnsweringModel {

  private static final Logger LOG = LoggerFactory.getLogger(RecordedModel.class);
  private static final int CHECKPOINT_DIGITS = 12;
  private static final int SHOWN = 80;

  private final ModelCard card;
  private final AnswerIndex answers;
  private final Path source;

  private RecordedModel(ModelCard card, AnswerIndex answers, Path source) {
    this.card = card;
    this.answers = answers;
    this.source = source;
  }

  /**
   * Loads stored answers.
   *
   * @param source {@code FILE.jsonl} in Assay's form, {@code FILE.csv} or a folder of such in HELM's combined layout; {@code #COLUMN}
   *     behind it chooses a model of a table with several
   * @param name by which prompts ask for the model
   * @throws MalformedRecordingException that names file and line
   * @throws IOException when a file cannot be read
   */
  public static RecordedModel load(Path source, String name) throws IOException {
    String spec = source.toString();
    int hash = Files.exists(source) ? -1 : spec.lastIndexOf('#');
    Path place = hash < 0 ? source : Path.of(spec.substring(0, hash));
    String column = hash < 0 ? null : spec.substring(hash + 1);
    MessageDigest digest = sha256();
    AnswerIndex index = new AnswerIndex();
    for (Path file : files(place)) {
      byte[] bytes = Files.readAllBytes(file);
      digest.update(bytes);
      read(file, bytes, column, index);
    }
    if (!index.contradictions().isEmpty()) {
      LOG.warn(
          "{} answers {} questions twice and differently; the first answer stands: {}",
          place,
          index.contradictions().size(),
          index.contradictions());
    }
    String checkpoint = HexFormat.of().formatHex(digest.digest()).substring(0, CHECKPOINT_DIGITS);
    LOG.info("Model {} has {} stored answers from {}.", name, index.size(), source);
    return new RecordedModel(new ModelCard(name, checkpoint, "recorded", 0, 0), index, source);
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    return batch.stream().map(this::answer).toList();
  }

  @Override
  public void close() {
    // Nothing outside the heap.
  }

  private ModelAnswer answer(Request request) {
    Question question =
        switch (request.getWork()) {
          case Score score -> new Question(score.getQuestion(), score.getOptions());
          case Generate generate -> new Question(generate.getSuffix(), List.of());
          default -> throw new IllegalArgumentException("got work of " + request.getWork().getClass() + "; expected Score or Generate");
        };
    String prompt = request.getEnvelope().getPrompt();
    return switch (answers.find(prompt, question)) {
      case Found.One(StoredAnswer stored) ->
          request.getWork() instanceof Score score ? choice(score, stored) : generated(stored);
      case Found.Two(StoredAnswer first, StoredAnswer second) ->
          ModelAnswer.failure(
              "question %s has different answers at %s and %s, and prompt %s is not stored; store it by prompt id"
                  .formatted(shown(question), first.where(), second.where(), prompt));
      case Found.None() ->
          ModelAnswer.refused(
              "%s has no answer to prompt %s, nor to question %s; add one, or ask this model only what it has"
                  .formatted(source, prompt, shown(question)));
    };
  }

  private static ModelAnswer generated(StoredAnswer stored) {
    return stored.text() == null
        ? ModelAnswer.failure("got log-probabilities at %s; expected a text, since generated text is asked for".formatted(stored.where()))
        : text(stored.text());
  }

  private static ModelAnswer choice(Score score, StoredAnswer stored) {
    List<List<Integer>> asked = score.getVariants().stream().map(Variant::getOrder).toList();
    List<Vote> votes = stored.votes().stream().filter(vote -> asked.contains(vote.getOrder())).toList();
    if (!votes.isEmpty()) {
      return new ModelAnswer(new Votes(votes), 0, 0, 0);
    }
    List<Integer> published = IntStream.range(0, score.getOptions().size()).boxed().toList();
    if (stored.text() != null && asked.contains(published)) {
      return text(stored.text());
    }
    String has =
        stored.votes().isEmpty()
            ? "a text, which answers the published order alone"
            : "orders " + stored.votes().stream().map(Vote::getOrder).map(Object::toString).collect(Collectors.joining(" "));
    return ModelAnswer.failure("%s has %s; got a request for %d other orders".formatted(stored.where(), has, asked.size()));
  }

  private static ModelAnswer text(String text) {
    return new ModelAnswer(new Text(text, null, Finish.UNKNOWN, List.of(), List.of()), 0, 0, 0);
  }

  private static String shown(Question question) {
    String text = question.question();
    return "\"%s\" with options %s".formatted(text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…", question.options());
  }

  private static List<Path> files(Path place) throws IOException {
    if (Files.isRegularFile(place)) {
      return List.of(place);
    }
    if (!Files.isDirectory(place)) {
      throw new NoSuchFileException(place.toString(), null, "expected a .jsonl or .csv file, or a folder of .csv files");
    }
    try (Stream<Path> entries = Files.list(place)) {
      List<Path> tables = entries.filter(file -> file.toString().endsWith(".csv")).sorted().toList();
      if (tables.isEmpty()) {
        throw new NoSuchFileException(place.toString(), null, "expected .csv files in the folder; got none");
      }
      return tables;
    }
  }

  private static void read(Path file, byte[] bytes, @Nullable String column, AnswerIndex index) {
    if (file.toString().endsWith(".csv")) {
      AnswerTable.read(file.toString(), bytes, column, index);
    } else if (column == null) {
      AnswerLines.read(file.toString(), bytes, index);
    } else {
      throw new MalformedRecordingException(file.toString(), "got column %s; only .csv files have columns".formatted(column));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
