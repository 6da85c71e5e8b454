package dev.assay.gateway.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RecordJson;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.LiveTable;
import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/runs/RUN/questions}: single questions with their records. Nothing is kept for this: the log is read from the time at which the
 * run began, for a few seconds at most.
 */
public final class QuestionsApi {

  private static final int LOOK_UPS_AT_ONCE = 4;
  private static final int MOST_READ = 5_000;
  private static final int MOST_LISTED = 500;
  private static final int LISTED = 100;
  private static final int LONGEST_TEXT = 160;

  /** The clock of a producer may be behind that of the program which announced the run. */
  private static final long CLOCKS_APART_MILLIS = 60_000;

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final LiveTable<Run> runs;
  private final Semaphore free = new Semaphore(LOOK_UPS_AT_ONCE);

  /** The API over the log. */
  public QuestionsApi(KafkaSettings settings, SchemaRegistryClient registry, LiveTable<Run> runs) {
    this.settings = settings;
    this.registry = registry;
    this.runs = runs;
  }

  /** A question as a line of the list. */
  private static final class Line {
    private final Prompt prompt;
    private final Map<String, Boolean> rightByModel = new LinkedHashMap<>();

    Line(Prompt prompt) {
      this.prompt = prompt;
    }

    void add(Verdict verdict) {
      boolean virtual = verdict.getModel().startsWith("@");
      if (!virtual && verdict.getOutcome() instanceof ChoiceVerdict choice) {
        rightByModel.put(verdict.getModel() + "@" + verdict.getCheckpoint(), choice.getMeanLogProb().getRight());
      }
    }

    long wrong() {
      return rightByModel.values().stream().filter(right -> !right).count();
    }

    double shareWrong() {
      return rightByModel.isEmpty() ? -1 : (double) wrong() / rightByModel.size();
    }

    ObjectNode json() {
      ObjectNode json = Json.object();
      json.put("id", prompt.getId()).put("task", prompt.getTask()).put("source", prompt.getSource());
      json.put("text", shortened(text(prompt)));
      json.put("judged", rightByModel.size()).put("wrong", wrong());
      return json;
    }

    private static String text(Prompt prompt) {
      return switch (prompt.getAsk()) {
        case Choice choice -> choice.getQuestion();
        case Generation generation -> generation.getInput();
        default -> "";
      };
    }

    private static String shortened(String text) {
      return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "…" : text;
    }
  }

  /** The questions of a run, those that most models got wrong first. */
  public void list(Context context) {
    Run run = find(context);
    String task = Optional.ofNullable(context.queryParam("task")).orElse("");
    int limit = limit(context.queryParam("limit"));
    ObjectNode body =
        read(
            () -> {
              Map<String, Line> lines = new LinkedHashMap<>();
              Instant from = begin(run);
              boolean prompts =
                  scan(Topics.PROMPTS, Prompt.class, from)
                      .each(
                          found -> {
                            Prompt prompt = found.record();
                            if (prompt.getRun().equals(run.getName()) && prompt.getTask().startsWith(task)) {
                              lines.putIfAbsent(prompt.getId(), new Line(prompt));
                            }
                            return lines.size() < MOST_READ;
                          });
              boolean verdicts =
                  scan(Topics.VERDICTS, Verdict.class, from)
                      .each(
                          found -> {
                            Line line = lines.get(found.record().getPrompt());
                            if (line != null && found.record().getRun().equals(run.getName())) {
                              line.add(found.record());
                            }
                            return true;
                          });
              List<Line> sorted = new ArrayList<>(lines.values());
              sorted.sort(Comparator.comparingDouble((Line line) -> -line.shareWrong()).thenComparing(line -> line.prompt.getId()));
              ObjectNode json = Json.object();
              json.put("object", "list").put("complete", prompts && verdicts && lines.size() < MOST_READ).put("found", lines.size());
              ArrayNode data = json.putArray("data");
              sorted.stream().limit(limit).forEach(line -> data.add(line.json()));
              return json;
            });
    Json.answer(context, 200, body);
  }

  /** One question: its prompt, the answers to it and the verdicts on it, and where each of these records lies. */
  public void one(Context context) {
    Run run = find(context);
    String id = context.pathParam("question");
    ObjectNode body =
        read(
            () -> {
              Instant from = begin(run);
              ObjectNode json = Json.object();
              json.put("run", run.getName()).put("question", id);
              ArrayNode prompts = json.putArray("prompts");
              ArrayNode answers = json.putArray("answers");
              ArrayNode verdicts = json.putArray("verdicts");
              boolean complete =
                  scan(Topics.PROMPTS, Prompt.class, from)
                      .ofKey(id)
                      .each(
                          found -> {
                            if (found.record().getRun().equals(run.getName())) {
                              prompts.add(placed(found));
                            }
                            return prompts.isEmpty();
                          });
              if (prompts.isEmpty() && complete) {
                throw Problem.of(Problem.NOT_FOUND, "question_not_found", "the run has no question of that id; see /v1/runs/RUN/questions");
              }
              complete &=
                  scan(Topics.ANSWERS, Answer.class, from)
                      .ofKey(id)
                      .each(
                          found -> {
                            if (found.record().getEnvelope().getRun().equals(run.getName())) {
                              answers.add(placed(found));
                            }
                            return true;
                          });
              complete &=
                  scan(Topics.VERDICTS, Verdict.class, from)
                      .ofKey(id)
                      .each(
                          found -> {
                            if (found.record().getRun().equals(run.getName())) {
                              verdicts.add(placed(found));
                            }
                            return true;
                          });
              json.put("complete", complete);
              return json;
            });
    Json.answer(context, 200, body);
  }

  private ObjectNode read(Supplier<ObjectNode> look) {
    if (!free.tryAcquire()) {
      throw Problem.later(Problem.TOO_MANY, "too_many_look_ups", "%d questions are being looked up, as many as the gateway does at once".formatted(LOOK_UPS_AT_ONCE), 2);
    }
    try {
      return look.get();
    } catch (KafkaException e) {
      throw Problem.later(Problem.UNAVAILABLE, "broker_away", "the broker does not answer, so that no record can be read", 5);
    } finally {
      free.release();
    }
  }

  private <T extends SpecificRecord> LogScan<T> scan(String topic, Class<T> type, Instant from) {
    return new LogScan<>(settings, registry, topic, type, from);
  }

  private static Instant begin(Run run) {
    return run.getCreatedAt().minusMillis(CLOCKS_APART_MILLIS);
  }

  private static ObjectNode placed(LogScan.Found<? extends SpecificRecord> found) {
    ObjectNode json = Json.object();
    json.put("topic", found.topic()).put("partition", found.partition()).put("offset", found.offset()).put("at", found.at().toString());
    json.set("record", RecordJson.of(found.record()));
    return json;
  }

  private static int limit(@Nullable String given) {
    if (given == null) {
      return LISTED;
    }
    try {
      int limit = Integer.parseInt(given);
      if (limit >= 1 && limit <= MOST_LISTED) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number that is out of bounds.
    }
    throw Problem.invalid("limit", "limit must be a whole number from 1 to " + MOST_LISTED);
  }

  private Run find(Context context) {
    Run run = runs.rows().get(context.pathParam("run"));
    if (run == null) {
      throw Problem.of(Problem.NOT_FOUND, "run_not_found", "there is no run of that name; see /v1/runs");
    }
    return run;
  }
}
