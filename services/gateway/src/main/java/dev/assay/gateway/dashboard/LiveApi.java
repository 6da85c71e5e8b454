package dev.assay.gateway.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.EventWriter;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RecordJson;
import dev.assay.platform.LiveTable;
import dev.assay.records.Checkpoint;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Route;
import dev.assay.records.Run;
import dev.assay.records.Scope;
import dev.assay.schemas.Topics;
import io.javalin.http.Context;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/dashboard/stream}: all that the dashboard shows, as events. A connection begins with everything there is, up to {@code
 * caught-up}; then comes what changes, gathered for a quarter of a second. Whoever connects again gets everything again, so that there is no
 * event to be missed and none to be remembered for anybody.
 */
public final class LiveApi {

  private static final Logger LOG = LoggerFactory.getLogger(LiveApi.class);

  /** Four redraws a second are as many as an eye follows, and few enough for a small machine. */
  private static final Duration BETWEEN_EVENTS = Duration.ofMillis(250);

  private static final Duration BETWEEN_FLOWS = Duration.ofSeconds(1);
  private static final int ROWS_AN_EVENT = 2_000;
  private static final int MOST_STREAMS = 500;
  private static final int MOST_RUNS = 8;

  /** Between a metric's name and that of a perturbation. */
  private static final String OF_COPY = "~";

  /** Shares that say something about answers, not how good they are. */
  private static final List<String> NO_SCORES = List.of("confidence/", "changed/", "chosen/", "question/", "voting/", "same_");

  private final Map<String, LiveTable<? extends SpecificRecord>> small = new LinkedHashMap<>();
  private final LiveTable<MetricRow> metrics;
  private final FlowMeter flow;
  private final AtomicInteger streams = new AtomicInteger();

  /** The API over the topics as tables. */
  public LiveApi(
      LiveTable<Run> runs,
      LiveTable<Model> models,
      LiveTable<Checkpoint> checkpoints,
      LiveTable<Route> routes,
      LiveTable<MetricRow> metrics,
      FlowMeter flow) {
    small.put(Topics.RUNS, runs);
    small.put(Topics.MODELS, models);
    small.put(Topics.CHECKPOINTS, checkpoints);
    small.put(Topics.ROUTES, routes);
    this.metrics = metrics;
    this.flow = flow;
  }

  /** What a reader asked for: all rows of these runs, and of all others their scores if {@code history} is set. */
  private record Wanted(Set<String> prefixes, boolean history) {

    boolean row(String key, @Nullable MetricRow row) {
      String run = key.substring(0, key.indexOf('|') + 1);
      if (prefixes.contains(run)) {
        return row == null || isShown(row);
      }
      return history && (row == null || isScore(row));
    }

    private static boolean isShown(MetricRow row) {
      return !row.getMetric().contains(OF_COPY) && (row.getOther() == null || row.getScope() == Scope.RUN);
    }

    private static boolean isScore(MetricRow row) {
      return (row.getScope() == Scope.RUN || row.getScope() == Scope.TASK)
          && row.getOther() == null
          && row.getUnit().equals("share")
          && !row.getMetric().contains(OF_COPY)
          && NO_SCORES.stream().noneMatch(row.getMetric()::startsWith);
    }
  }

  /** The stream. */
  public void stream(Context context) throws InterruptedException {
    Wanted wanted = wanted(context);
    if (streams.incrementAndGet() > MOST_STREAMS) {
      streams.decrementAndGet();
      throw Problem.later(Problem.TOO_MANY, "too_many_streams", "the gateway has %d open dashboards, as many as it keeps".formatted(MOST_STREAMS), 10);
    }
    try (Unsent unsent = new Unsent();
        FlowMeter.Watch _ = flow.watch()) {
      small.forEach((topic, table) -> listen(unsent, topic, table));
      unsent.listen(Topics.METRICS, metrics::subscribe, wanted::row);
      EventWriter events = EventWriter.begin(context);
      sendAll(events, wanted);
      sendChanges(events, unsent);
    } catch (UncheckedIOException e) {
      LOG.info("A reader of the dashboard left");
    } finally {
      streams.decrementAndGet();
    }
  }

  private static <T extends SpecificRecord> void listen(Unsent unsent, String topic, LiveTable<T> table) {
    unsent.listen(topic, table::subscribe, (_, _) -> true);
  }

  private void sendAll(EventWriter events, Wanted wanted) {
    small.forEach((topic, table) -> table.rows().forEach((key, row) -> send(events, topic, Map.of(key, Optional.of(row)))));
    RowBatch batch = new RowBatch();
    for (NavigableMap<String, MetricRow> part : parts(wanted)) {
      for (Map.Entry<String, MetricRow> row : part.entrySet()) {
        if (wanted.row(row.getKey(), row.getValue())) {
          batch.add(row.getValue());
          if (batch.size() == ROWS_AN_EVENT) {
            events.event("rows", null, batch.event());
            batch = new RowBatch();
          }
        }
      }
    }
    if (batch.size() > 0) {
      events.event("rows", null, batch.event());
    }
    sendFlow(events);
    events.event("caught-up", null, Json.object().put("at", Instant.now().toString()));
  }

  /** The parts of the table that may hold what is wanted, so that a reader of one run does not wait for all others to be passed over. */
  private List<NavigableMap<String, MetricRow>> parts(Wanted wanted) {
    return wanted.history()
        ? List.of(metrics.rows())
        : wanted.prefixes().stream().map(prefix -> metrics.rows().subMap(prefix, true, prefix + Character.MAX_VALUE, true)).toList();
  }

  private void sendChanges(EventWriter events, Unsent unsent) throws InterruptedException {
    long flowAt = System.nanoTime();
    while (true) {
      Map<String, Map<String, Optional<SpecificRecord>>> news = unsent.take(BETWEEN_EVENTS);
      news.forEach((topic, rows) -> send(events, topic, rows));
      if (System.nanoTime() - flowAt >= BETWEEN_FLOWS.toNanos()) {
        sendFlow(events);
        flowAt = System.nanoTime();
      }
      if (!news.isEmpty()) {
        Thread.sleep(BETWEEN_EVENTS);
      }
    }
  }

  private void sendFlow(EventWriter events) {
    ObjectNode now = flow.now();
    now.put("at", Instant.now().toString());
    boolean read = metrics.ready() && small.values().stream().allMatch(LiveTable::ready);
    now.put("read", read);
    events.event("flow", null, now);
  }

  private static void send(EventWriter events, String topic, Map<String, Optional<SpecificRecord>> rows) {
    if (topic.equals(Topics.METRICS)) {
      RowBatch batch = new RowBatch();
      for (Map.Entry<String, Optional<SpecificRecord>> row : rows.entrySet()) {
        row.getValue().ifPresentOrElse(found -> batch.add((MetricRow) found), () -> batch.remove(row.getKey()));
      }
      events.event("rows", null, batch.event());
      return;
    }
    ObjectNode event = Json.object();
    event.put("topic", topic);
    ArrayNode list = event.putArray("records");
    rows.forEach(
        (key, record) -> {
          ObjectNode one = list.addObject();
          one.put("key", key);
          one.set("record", record.map(RecordJson::of).orElse(null));
        });
    events.event("records", null, event);
  }

  private static Wanted wanted(Context context) {
    List<String> runs = context.queryParams("run");
    if (runs.size() > MOST_RUNS) {
      throw Problem.invalid("run", "%d runs are asked for; expected at most %d side by side".formatted(runs.size(), MOST_RUNS));
    }
    String history = Optional.ofNullable(context.queryParam("history")).orElse("false");
    if (!history.equals("true") && !history.equals("false")) {
      throw Problem.invalid("history", "history must be true or false");
    }
    Set<String> prefixes = runs.stream().map(run -> run.replace("%", "%25").replace("|", "%7C") + "|").collect(Collectors.toUnmodifiableSet());
    return new Wanted(prefixes, history.equals("true"));
  }
}
