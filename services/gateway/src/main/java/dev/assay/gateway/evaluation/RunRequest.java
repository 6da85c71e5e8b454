package dev.assay.gateway.evaluation;

import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.JsonRecord;
import dev.assay.gateway.http.Problem;
import dev.assay.records.Choice;
import dev.assay.records.Prompt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a client wants evaluated: models, and either the names of tasks or the questions themselves.
 *
 * @param run name of the run
 * @param models the models asked, 1 to 50, none twice
 * @param tasks names of tasks or their beginnings; empty when the questions are given
 * @param given the questions themselves; empty when tasks are named
 * @param orders the rule of orders, as {@code assay eval --orders} has it
 * @param shots worked examples in each prompt of a task
 * @param limit most questions of each task
 * @param seed seed of the run
 * @param format wording of the tasks: {@code helm} or {@code lm-eval}
 * @param maxTokens most tokens of a task's generated answer
 */
public record RunRequest(
    String run,
    List<String> models,
    List<String> tasks,
    List<Given> given,
    String orders,
    int shots,
    OptionalInt limit,
    long seed,
    String format,
    OptionalInt maxTokens) {

  private static final Pattern NAME = Pattern.compile("(?!\\.+$)[A-Za-z0-9._-]{1,100}");
  private static final int MOST_MODELS = 50;
  private static final int MOST_TASKS = 1_000;
  private static final int MOST_SHOTS = 100;
  private static final int MOST_GIVEN = 10_000;

  /** What a prompt takes from the run instead of from its own object. */
  private static final Set<String> OF_THE_RUN = Set.of("run", "models");

  /** Copies the lists. */
  public RunRequest {
    models = List.copyOf(models);
    tasks = List.copyOf(tasks);
    given = List.copyOf(given);
  }

  /**
   * A question as the client sent it.
   *
   * @param prompt the question, of the run and its models
   * @param saysOrders whether it has its own rule of orders, or takes the run's
   */
  public record Given(Prompt prompt, boolean saysOrders) {}

  /**
   * Reads a request.
   *
   * @param otherwise the run's name where the request has none
   * @throws Problem when a field is wrong
   */
  static RunRequest read(Fields fields, String otherwise) {
    String run = fields.text("run").orElse(otherwise);
    if (!NAME.matcher(run).matches()) {
      throw Problem.invalid("run", "run is no name; expected 1 to 100 letters, digits and . _ -, not dots alone");
    }
    List<String> models = fields.texts("models", MOST_MODELS);
    if (models.isEmpty() || new HashSet<>(models).size() != models.size()) {
      throw Problem.invalid("models", "models has %s; expected 1 to %d names that differ".formatted(models.isEmpty() ? "no name" : "a name twice", MOST_MODELS));
    }
    long seed = fields.longInteger("seed").orElse(0);
    List<String> tasks = fields.texts("tasks", MOST_TASKS);
    List<Given> given = given(fields, run, models, seed);
    if (tasks.isEmpty() == given.isEmpty()) {
      throw Problem.invalid("tasks", "%s; expected either names of tasks or prompts, the questions themselves".formatted(tasks.isEmpty() ? "tasks is missing" : "tasks and prompts are both there"));
    }
    RunRequest request =
        new RunRequest(
            run,
            models,
            tasks,
            given,
            fields.text("orders").orElse("one"),
            fields.integer("shots", 0, MOST_SHOTS).orElse(0),
            fields.integer("limit", 1, Integer.MAX_VALUE),
            seed,
            fields.text("format").orElse("helm"),
            fields.integer("maxTokens", 1, Integer.MAX_VALUE));
    fields.refuseOthers(Set.of());
    return request;
  }

  private static List<Given> given(Fields fields, String run, List<String> models, long seed) {
    List<Fields> objects = fields.objects("prompts");
    if (objects.size() > MOST_GIVEN) {
      throw Problem.invalid("prompts", "prompts has %d objects; expected at most %d".formatted(objects.size(), MOST_GIVEN));
    }
    List<Given> given = new ArrayList<>(objects.size());
    Set<String> ids = new HashSet<>();
    for (Fields object : objects) {
      Map<String, Object> otherwise = Map.of("id", Integer.toString(given.size() + 1), "seed", seed, "run", run, "models", models);
      boolean saysOrders = object.object("ask").flatMap(ask -> ask.any("orders")).isPresent();
      Prompt prompt = (Prompt) JsonRecord.read(Prompt.getClassSchema(), object, otherwise, OF_THE_RUN);
      if (!ids.add(prompt.getId())) {
        throw Problem.invalid(object.at("id"), "%s is the id of a prompt before it; expected ids that differ".formatted(object.at("id")));
      }
      given.add(new Given(prompt, saysOrders || !(prompt.getAsk() instanceof Choice)));
    }
    return given;
  }
}
