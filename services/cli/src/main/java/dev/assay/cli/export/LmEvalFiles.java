package dev.assay.cli.export;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.TextVerdict;
import dev.assay.records.Variant;
import dev.assay.records.Verdict;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.topology.intake.PromptRenderer;
import dev.assay.topology.scoring.ExactStatistic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * One run in the layout of lm-evaluation-harness: a folder a model with {@code results_<date>.json} and {@code samples_<task>_<date>.jsonl}.
 * The date is that of the run's last answer, so that the same log gives the same files. Tasks and folders bear their names as the harness
 * would write them, which leaves no {@code /} in them. The copies of a task's questions under a perturbation are a task of their own, so that
 * no score mixes both; samples and tasks name it in {@code perturbation}, which is empty for questions as published.
 *
 * <p>{@code acc} is the answer in the published order, as the harness asks; the votes stand beside it as {@code acc_max_vote},
 * {@code acc_mean_logprob} and {@code acc_every_order}. Whether a continuation is the greedy one is not recorded: {@code None} stands there.
 */
public final class LmEvalFiles {

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSSSSS");

  /** The harness's name of "no filter". */
  private static final String FILTER = "none";

  /** What Python writes for a value that is not there. */
  private static final String NO_VALUE = "None";

  private static final JsonMapper JSON = new JsonMapper();

  private final String run;
  private final Optional<Run> announced;
  private final StandingVerdicts verdicts;
  private final Map<String, Prompt> prompts;
  private final Map<Contestant, Map<String, Answer>> answers;
  private final String date;

  /** Lines of a task's samples and what they sum up to. */
  private record Task(String name, Asked asked, List<ObjectNode> samples, SortedMap<String, ExactStatistic> metrics, boolean choice) {}

  /**
   * What the questions of a task have in common.
   *
   * @param task as verdicts name it
   * @param perturbation under which they are copies; empty as published
   */
  private record Asked(String task, String perturbation) implements Comparable<Asked> {

    static Asked of(Verdict verdict) {
      return new Asked(verdict.getTask(), verdict.getPerturbation() == null ? "" : verdict.getPerturbation().getName());
    }

    String label() {
      return perturbation.isEmpty() ? task : task + "~" + perturbation;
    }

    @Override
    public int compareTo(Asked other) {
      return Comparator.comparing(Asked::task).thenComparing(Asked::perturbation).compare(this, other);
    }
  }

  private LmEvalFiles(
      String run,
      Optional<Run> announced,
      StandingVerdicts verdicts,
      Map<String, Prompt> prompts,
      Map<Contestant, Map<String, Answer>> answers) {
    this.run = run;
    this.announced = announced;
    this.verdicts = verdicts;
    this.prompts = prompts;
    this.answers = answers;
    Instant last =
        verdicts.contestants().stream()
            .flatMap(contestant -> verdicts.of(contestant).values().stream())
            .map(Verdict::getAnsweredAt)
            .max(Instant::compareTo)
            .orElse(Instant.EPOCH);
    this.date = DATE.format(LocalDateTime.ofInstant(last, ZoneOffset.UTC));
  }

  /**
   * Adds the files of a run.
   *
   * @param announced the run's own record, where there is one
   * @param verdicts of that run
   * @param prompts of that run, by id; a sample whose prompt is not there has no text
   * @param answers those that the verdicts judge; a sample whose answer is not there has no log-probabilities
   */
  public static void add(
      ExportFiles files,
      String run,
      Optional<Run> announced,
      StandingVerdicts verdicts,
      Map<String, Prompt> prompts,
      Collection<Answer> answers) {
    Map<Contestant, Map<String, Answer>> byContestant = new HashMap<>();
    for (Answer answer : answers) {
      Contestant contestant = new Contestant(run, answer.getModel(), answer.getCheckpoint());
      Verdict verdict = verdicts.of(contestant).get(answer.getEnvelope().getPrompt());
      if (verdict != null && verdict.getAnsweredAt().equals(answer.getAnsweredAt())) {
        byContestant.computeIfAbsent(contestant, _ -> new HashMap<>()).put(verdict.getPrompt(), answer);
      }
    }
    LmEvalFiles layout = new LmEvalFiles(run, announced, verdicts, prompts, byContestant);
    SortedMap<Asked, List<String>> ids = layout.idsByTask();
    Map<Asked, String> names = names(ids.keySet());
    for (Contestant contestant : verdicts.contestants()) {
      layout.add(files, contestant, ids, names);
    }
  }

  private void add(ExportFiles files, Contestant contestant, SortedMap<Asked, List<String>> ids, Map<Asked, String> names) {
    List<Task> tasks = new ArrayList<>();
    ids.forEach(
        (asked, prompts) -> {
          Task made = task(contestant, asked, names.getOrDefault(asked, asked.label()), prompts);
          if (!made.samples().isEmpty()) {
            tasks.add(made);
          }
        });
    Path folder = Path.of(folderName(contestant));
    files.add(folder.resolve("results_" + date + ".json"), out -> out.append(results(contestant, tasks).toPrettyString()).append('\n'));
    for (Task task : tasks) {
      files.add(folder.resolve("samples_" + task.name() + "_" + date + ".jsonl"), out -> writeLines(task.samples(), out));
    }
  }

  private static void writeLines(List<ObjectNode> lines, Appendable out) throws IOException {
    for (ObjectNode line : lines) {
      out.append(line.toString()).append('\n');
    }
  }

  private Task task(Contestant contestant, Asked asked, String name, List<String> ids) {
    List<ObjectNode> samples = new ArrayList<>();
    SortedMap<String, ExactStatistic> metrics = new TreeMap<>();
    boolean choice = false;
    SortedMap<String, Verdict> own = verdicts.of(contestant);
    Map<String, Answer> given = answers.getOrDefault(contestant, Map.of());
    for (int i = 0; i < ids.size(); i++) {
      Verdict verdict = own.get(ids.get(i));
      if (verdict == null) {
        continue;
      }
      SortedMap<String, Double> values = values(verdict);
      choice |= verdict.getOutcome() instanceof ChoiceVerdict;
      values.forEach((metric, value) -> metrics.merge(metric, ExactStatistic.of(value), ExactStatistic::merge));
      samples.add(sample(i, verdict, values, Optional.ofNullable(prompts.get(ids.get(i))), Optional.ofNullable(given.get(ids.get(i)))));
    }
    return new Task(name, asked, samples, metrics, choice);
  }

  private static ObjectNode sample(
      int number, Verdict verdict, Map<String, Double> values, Optional<Prompt> prompt, Optional<Answer> answer) {
    ObjectNode line = JSON.createObjectNode().put("doc_id", number);
    ObjectNode doc = doc(verdict, prompt);
    String target = target(verdict);
    ObjectNode arguments = JSON.createObjectNode();
    line.set("doc", doc);
    line.put("target", target);
    line.set("arguments", arguments);
    ArrayNode resps = line.putArray("resps");
    ArrayNode filtered = line.putArray("filtered_resps");
    switch (verdict.getOutcome()) {
      case ChoiceVerdict _ -> {
        Optional<Vote> vote = answer.flatMap(LmEvalFiles::publishedVote);
        prompt.ifPresent(asked -> choiceArguments(arguments, asked, vote));
        vote.ifPresent(
            found -> {
              for (double logProb : found.getLogProbs()) {
                ArrayNode one = JSON.createArrayNode().add(Double.toString(logProb)).add(NO_VALUE);
                filtered.add(one);
                resps.addArray().add(one);
              }
            });
        // A model that only writes, such as stored answers, names its option in a text.
        if (answer.isPresent() && answer.get().getOutcome() instanceof Text written) {
          addText(resps, filtered, written.getText());
        }
      }
      case TextVerdict text -> {
        prompt.ifPresent(asked -> textArguments(arguments, asked));
        addText(resps, filtered, text.getText());
      }
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    }
    line.put("filter", FILTER);
    line.put("perturbation", Asked.of(verdict).perturbation());
    values.keySet().forEach(line.putArray("metrics")::add);
    line.put("doc_hash", sha256(doc.toString()));
    line.put("prompt_hash", sha256(arguments.path("gen_args_0").path("arg_0").asText()));
    line.put("target_hash", sha256(target));
    values.forEach(line::put);
    return line;
  }

  private static void addText(ArrayNode resps, ArrayNode filtered, String text) {
    resps.addArray().add(text);
    filtered.add(text);
  }

  /** The published order, or the first that was answered where that was not. */
  private static Optional<Vote> publishedVote(Answer answer) {
    if (!(answer.getOutcome() instanceof Votes votes)) {
      return Optional.empty();
    }
    return votes.getVotes().stream()
        .filter(vote -> vote.getOrder().equals(IntStream.range(0, vote.getOrder().size()).boxed().toList()))
        .findFirst()
        .or(() -> votes.getVotes().stream().findFirst());
  }

  private static void choiceArguments(ObjectNode arguments, Prompt prompt, Optional<Vote> vote) {
    if (!(PromptRenderer.work(prompt) instanceof Score score)) {
      return;
    }
    Variant variant =
        score.getVariants().stream()
            .filter(candidate -> vote.isPresent() && candidate.getOrder().equals(vote.get().getOrder()))
            .findFirst()
            .orElse(score.getVariants().getFirst());
    for (String continuation : variant.getContinuations()) {
      arguments
          .putObject("gen_args_" + arguments.size())
          .put("arg_0", prompt.getPrefix() + variant.getSuffix())
          .put("arg_1", continuation);
    }
  }

  private static void textArguments(ObjectNode arguments, Prompt prompt) {
    if (prompt.getAsk() instanceof Generation generation) {
      ObjectNode settings = arguments.putObject("gen_args_0").put("arg_0", prompt.getPrefix() + generation.getInput()).putObject("arg_1");
      generation.getStop().forEach(settings.putArray("until")::add);
      settings.put("max_gen_toks", generation.getMaxTokens()).put("temperature", generation.getTemperature());
    }
  }

  private static ObjectNode doc(Verdict verdict, Optional<Prompt> prompt) {
    ObjectNode doc = JSON.createObjectNode().put("id", verdict.getPrompt()).put("task", verdict.getTask());
    if (verdict.getPerturbation() != null) {
      doc.put("origin", verdict.getPerturbation().getOrigin());
    }
    if (prompt.isPresent() && prompt.get().getAsk() instanceof Generation generation) {
      doc.put("input", generation.getInput());
    }
    if (prompt.isPresent() && prompt.get().getAsk() instanceof Choice choice) {
      doc.put("question", choice.getQuestion());
      choice.getOptions().forEach(doc.putArray("choices")::add);
    }
    switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> choice.getRight().forEach(doc.putArray("gold")::add);
      case TextVerdict text -> text.getReferences().forEach(doc.putArray("references")::add);
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    }
    return doc;
  }

  /** As the harness writes it: the only right answer, or all of them as a list, in text. */
  private static String target(Verdict verdict) {
    List<?> right =
        switch (verdict.getOutcome()) {
          case ChoiceVerdict choice -> choice.getRight();
          case TextVerdict text -> text.getReferences();
          default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
        };
    return right.size() == 1 ? right.getFirst().toString() : right.toString();
  }

  private static SortedMap<String, Double> values(Verdict verdict) {
    SortedMap<String, Double> values = new TreeMap<>();
    switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> {
        values.put("acc", share(choice.getOne().getRight()));
        values.put("acc_max_vote", share(choice.getMaxVote().getRight()));
        values.put("acc_mean_logprob", share(choice.getMeanLogProb().getRight()));
        values.put("acc_every_order", share(choice.getEveryOrder()));
      }
      case TextVerdict text -> values.putAll(text.getScores());
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    }
    return values;
  }

  private ObjectNode results(Contestant contestant, List<Task> tasks) {
    ObjectNode all = JSON.createObjectNode();
    ObjectNode results = all.putObject("results");
    ObjectNode subtasks = all.putObject("group_subtasks");
    ObjectNode configs = all.putObject("configs");
    ObjectNode versions = all.putObject("versions");
    ObjectNode shots = all.putObject("n-shot");
    ObjectNode higher = all.putObject("higher_is_better");
    ObjectNode samples = all.putObject("n-samples");
    ObjectNode hashes = JSON.createObjectNode();
    for (Task task : tasks) {
      ObjectNode cells = results.putObject(task.name()).put("alias", task.asked().label());
      ObjectNode config = configs.putObject(task.name()).put("task", task.name()).put("output_type", task.choice() ? "multiple_choice" : "generate_until");
      config.putObject("metadata").put("perturbation", task.asked().perturbation());
      ArrayNode list = config.putArray("metric_list");
      ObjectNode better = higher.putObject(task.name());
      task.metrics()
          .forEach(
              (metric, values) -> {
                cells.put(metric + "," + FILTER, values.mean());
                if (values.standardError().isPresent()) {
                  cells.put(metric + "_stderr," + FILTER, values.standardError().getAsDouble());
                } else {
                  cells.put(metric + "_stderr," + FILTER, "N/A");
                }
                list.addObject().put("metric", metric).put("aggregation", "mean").put("higher_is_better", true);
                better.put(metric, true);
              });
      announced.ifPresent(
          begun -> {
            config.put("num_fewshot", begun.getShots());
            shots.put(task.name(), begun.getShots());
          });
      subtasks.putArray(task.name());
      versions.put(task.name(), scorers(contestant));
      samples.putObject(task.name()).put("original", task.samples().size()).put("effective", task.samples().size());
      StringBuilder joined = new StringBuilder();
      task.samples()
          .forEach(
              sample ->
                  joined
                      .append(sample.get("doc_hash").asText())
                      .append(sample.get("prompt_hash").asText())
                      .append(sample.get("target_hash").asText()));
      hashes.put(task.name(), sha256(joined.toString()));
    }
    all.putObject("config").put("model", contestant.model()).put("model_args", folderName(contestant)).put("run", run).put("checkpoint", contestant.checkpoint());
    announced.ifPresent(begun -> all.put("date", begun.getCreatedAt().toEpochMilli() / 1000.0));
    all.set("task_hashes", hashes);
    return all.put("model_source", "assay")
        .put("model_name", contestant.model())
        .put("model_name_sanitized", folderName(contestant));
  }

  /** Which rules judged, for what the harness calls a task's version. */
  private String scorers(Contestant contestant) {
    return String.join(", ", new TreeSet<>(verdicts.of(contestant).values().stream().map(Verdict::getScorer).toList()));
  }

  private SortedMap<Asked, List<String>> idsByTask() {
    SortedMap<Asked, SortedSet<String>> ids = new TreeMap<>();
    for (Contestant contestant : verdicts.contestants()) {
      verdicts.of(contestant).values().forEach(verdict -> ids.computeIfAbsent(Asked.of(verdict), _ -> new TreeSet<>()).add(verdict.getPrompt()));
    }
    SortedMap<Asked, List<String>> lists = new TreeMap<>();
    ids.forEach((asked, found) -> lists.put(asked, List.copyOf(found)));
    return lists;
  }

  /** Letters, digits and _ only, as in the harness's {@code sanitize_task_name}; where two become the same, numbered. */
  private static Map<Asked, String> names(Collection<Asked> tasks) {
    Map<Asked, String> names = new LinkedHashMap<>();
    for (Asked asked : tasks) {
      String plain = asked.label().replaceAll("[^\\p{L}\\p{N}_]", "_");
      String name = plain;
      for (int number = 2; names.containsValue(name); number++) {
        name = plain + "_" + number;
      }
      names.put(asked, name);
    }
    return names;
  }

  /** As in the harness's {@code sanitize_model_name}; a model with several checkpoints has a folder for each. */
  private String folderName(Contestant contestant) {
    boolean alone = verdicts.contestants().stream().filter(other -> other.model().equals(contestant.model())).count() == 1;
    String name = (alone ? contestant.model() : contestant.shortName()).replaceAll("[\"<>:/|\\\\?*\\[\\]]+", "__");
    // A name of dots alone is another folder.
    return name.startsWith(".") ? "_" + name : name;
  }

  private static double share(boolean hit) {
    return hit ? 1 : 0;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
