package dev.assay.schemas;

import dev.assay.records.Answer;
import dev.assay.records.Checkpoint;
import dev.assay.records.Followup;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Plan;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Reply;
import dev.assay.records.Request;
import dev.assay.records.Route;
import dev.assay.records.Run;
import dev.assay.records.TrainingStep;
import dev.assay.records.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.apache.avro.Schema;

/** The topic catalogue: every topic of Assay with its settings and the schema of its values. */
public final class Topics {

  /** Prompts, by prompt id. What is replayed. */
  public static final String PROMPTS = "assay.prompts";

  /** Answers, by prompt id. */
  public static final String ANSWERS = "assay.answers";

  /** Verdicts, by prompt id. */
  public static final String VERDICTS = "assay.verdicts";

  /** More orders that the ballot wants of the intake, by prompt id, each in the partition that its prompt has in {@link #PROMPTS}. */
  public static final String FOLLOWUPS = "assay.followups";

  /** Models' preferences for positions, by run, model, checkpoint and group of questions. */
  public static final String PRIORS = "assay.priors";

  /** Metric rows, by {@link MetricKey}. */
  public static final String METRICS = "assay.metrics";

  /** Runs, by name. */
  public static final String RUNS = "assay.runs";

  /** Models that workers serve, by name. */
  public static final String MODELS = "assay.models";

  /** Checkpoints, by name. */
  public static final String CHECKPOINTS = "assay.checkpoints";

  /** Standing plans, by name. */
  public static final String PLANS = "assay.plans";

  /** What planners have decided to evaluate, and how far that is, by run. */
  public static final String EVALUATIONS = "assay.evaluations";

  /** Steps of training runs, by run. */
  public static final String TRAINING = "assay.training";

  /** Routes, by task type. */
  public static final String ROUTES = "assay.routes";

  /** What no stage could use: original bytes, with {@link DeadLetter} headers. */
  public static final String DEAD_LETTERS = "assay.dead-letters";

  /** What workers say to the clients of gateways, by request id; a gateway reads one partition of it. */
  public static final String REPLIES = "assay.replies";

  /** Requests whose clients have left, by request id; the values are empty. */
  public static final String CANCELLATIONS = "assay.cancellations";

  private static final String REQUESTS_PREFIX = "assay.requests.";

  private static final String WORKERS_PREFIX = "assay-workers.";

  /**
   * Usual partitions of the topics that carry the questions: the most stream tasks that can share the work. A thread that has several of
   * them sends for one after the other when it commits, so more than there are threads cost time and bring nothing.
   */
  public static final int FLOW_PARTITIONS = 4;

  /** More than the gateways of a large site; two that meet in a partition pass over each other's replies. */
  private static final int REPLY_PARTITIONS = 8;

  private static final int MAX_TOPIC_NAME = 249;

  private static final Pattern NOT_IN_A_TOPIC_NAME = Pattern.compile("[^a-zA-Z0-9._-]");

  private static final Map<String, String> KEPT = Map.of("retention.ms", "-1");

  /** A week: long enough for a worker that is away over a weekend. */
  private static final Map<String, String> SHORT = Map.of("retention.ms", "604800000");

  /** Minutes: nobody waits longer for a reply, and none is ever read again. */
  private static final Map<String, String> FLEETING = Map.of("retention.ms", "600000", "segment.ms", "600000");

  /** gzip, since dashboards read these in languages whose Kafka clients know no other codec. */
  private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact", "compression.type", "gzip");

  /** Workers write to it again and again, and the cleaner leaves the segment alone that is being written. */
  private static final Map<String, String> HEARTBEATS =
      Map.of("cleanup.policy", "compact", "compression.type", "gzip", "segment.ms", "600000", "min.cleanable.dirty.ratio", "0.2");

  private static final Map<String, Schema> SCHEMAS = schemas();

  private Topics() {}

  /** All topics but the request topics, which come with their models: {@link #requestsSpec}. Usually divided. */
  public static List<TopicSpec> all() {
    return all(FLOW_PARTITIONS);
  }

  /**
   * The same.
   *
   * @param partitions of the topics that carry the questions, 1 or more; they must all have as many
   */
  public static List<TopicSpec> all(int partitions) {
    return List.of(
        new TopicSpec(PROMPTS, partitions, KEPT),
        new TopicSpec(ANSWERS, partitions, KEPT),
        new TopicSpec(VERDICTS, partitions, KEPT),
        new TopicSpec(FOLLOWUPS, partitions, SHORT),
        new TopicSpec(PRIORS, 1, COMPACTED),
        new TopicSpec(REPLIES, REPLY_PARTITIONS, FLEETING),
        new TopicSpec(CANCELLATIONS, 1, FLEETING),
        new TopicSpec(METRICS, 1, COMPACTED),
        new TopicSpec(RUNS, 1, COMPACTED),
        new TopicSpec(MODELS, 1, HEARTBEATS),
        new TopicSpec(CHECKPOINTS, 1, COMPACTED),
        new TopicSpec(PLANS, 1, COMPACTED),
        new TopicSpec(EVALUATIONS, 1, COMPACTED),
        new TopicSpec(TRAINING, 1, KEPT),
        new TopicSpec(ROUTES, 1, COMPACTED),
        new TopicSpec(DEAD_LETTERS, 1, KEPT));
  }

  /**
   * The topic that holds the requests to a model. Characters that a topic name cannot have become {@code _}, and a checksum of the
   * whole name keeps such names apart.
   */
  public static String requests(String model) {
    String plain = NOT_IN_A_TOPIC_NAME.matcher(model).replaceAll("_");
    if (plain.equals(model) && REQUESTS_PREFIX.length() + model.length() <= MAX_TOPIC_NAME) {
      return REQUESTS_PREFIX + model;
    }
    CRC32 checksum = new CRC32();
    checksum.update(model.getBytes(StandardCharsets.UTF_8));
    String suffix = "-%08x".formatted(checksum.getValue());
    int room = MAX_TOPIC_NAME - REQUESTS_PREFIX.length() - suffix.length();
    return REQUESTS_PREFIX + plain.substring(0, Math.min(plain.length(), room)) + suffix;
  }

  /** The request topic of a model, to be created before the model is announced. Usually divided. */
  public static TopicSpec requestsSpec(String model) {
    return requestsSpec(model, FLOW_PARTITIONS);
  }

  /** The same in so many partitions. */
  public static TopicSpec requestsSpec(String model, int partitions) {
    return new TopicSpec(requests(model), partitions, SHORT);
  }

  /** The share group of the workers that serve a model. */
  public static String workers(String model) {
    return WORKERS_PREFIX + requests(model).substring(REQUESTS_PREFIX.length());
  }

  /** Whether a topic holds requests to a model. */
  public static boolean isRequests(String topic) {
    return topic.startsWith(REQUESTS_PREFIX);
  }

  /** The schema of a topic's values, by topic; dead letters and cancellations have none, and request topics share {@link Request}'s. */
  public static Map<String, Schema> valueSchemas() {
    return SCHEMAS;
  }

  /** The registry subject of a topic's values. */
  public static String subject(String topic) {
    return topic + "-value";
  }

  private static Map<String, Schema> schemas() {
    Map<String, Schema> schemas = new LinkedHashMap<>();
    schemas.put(PROMPTS, Prompt.getClassSchema());
    schemas.put(ANSWERS, Answer.getClassSchema());
    schemas.put(VERDICTS, Verdict.getClassSchema());
    schemas.put(FOLLOWUPS, Followup.getClassSchema());
    schemas.put(PRIORS, Prior.getClassSchema());
    schemas.put(REPLIES, Reply.getClassSchema());
    schemas.put(METRICS, MetricRow.getClassSchema());
    schemas.put(RUNS, Run.getClassSchema());
    schemas.put(MODELS, Model.getClassSchema());
    schemas.put(CHECKPOINTS, Checkpoint.getClassSchema());
    schemas.put(PLANS, Plan.getClassSchema());
    schemas.put(EVALUATIONS, PlannedEvaluation.getClassSchema());
    schemas.put(TRAINING, TrainingStep.getClassSchema());
    schemas.put(ROUTES, Route.getClassSchema());
    return Map.copyOf(schemas);
  }
}
