package dev.assay.gateway.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.EventWriter;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RecordJson;
import dev.assay.platform.LiveTable;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import io.javalin.http.Context;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/runs}: evaluations, their tables as they stand, and their tables as they move. */
public final class RunsApi {

  private static final Logger LOG = LoggerFactory.getLogger(RunsApi.class);
  private static final int MOST_STREAMS = 1_000;
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private final LiveTable<Run> runs;
  private final LiveTable<MetricRow> metrics;
  private final AtomicInteger streams = new AtomicInteger();

  /** The API over the tables. */
  public RunsApi(LiveTable<Run> runs, LiveTable<MetricRow> metrics) {
    this.runs = runs;
    this.metrics = metrics;
  }

  /** All runs, newest first. */
  public void list(Context context) {
    ArrayNode data = Json.array();
    runs.rows().values().stream()
        .sorted((a, b) -> b.getCreatedAt().compareTo(a.getCreatedAt()))
        .forEach(run -> data.add(RecordJson.of(run)));
    Json.answer(context, 200, list(data));
  }

  /** One run, and where its questions are. */
  public void one(Context context) {
    Json.answer(context, 200, described(find(context)));
  }

  /** The rows of a run's tables, of one scope, task, model or metric where the query says so. */
  public void tables(Context context) {
    String run = find(context).getName();
    ArrayNode data = Json.array();
    rows(metrics, run).filter(row -> wanted(context, row)).forEach(row -> data.add(RecordJson.of(row)));
    Json.answer(context, 200, list(data));
  }

  /**
   * A run and the rows of its tables as events: first all that there is, then what changes. A client that reads slowly gets the latest row of
   * each cell, not all that were in between, so that nothing piles up.
   */
  public void stream(Context context) throws InterruptedException {
    String run = find(context).getName();
    if (streams.incrementAndGet() > MOST_STREAMS) {
      streams.decrementAndGet();
      throw Problem.later(Problem.TOO_MANY, "too_many_streams", "the gateway has %d open streams, as many as it keeps".formatted(MOST_STREAMS), 10);
    }
    Changed changed = new Changed();
    try (LiveTable.Subscription _ = metrics.subscribe(change -> changed.add(run, change));
        LiveTable.Subscription _ = runs.subscribe(change -> changed.addRun(run, change))) {
      EventWriter events = EventWriter.begin(context);
      events.event("run", null, described(find(context)));
      rows(metrics, run).forEach(row -> events.event("row", null, RecordJson.of(row)));
      events.event("caught-up", null, Json.object());
      while (true) {
        Map<String, Optional<MetricRow>> news = changed.take(HEARTBEAT);
        Optional<Run> moved = changed.takeRun();
        if (news.isEmpty() && moved.isEmpty()) {
          events.keepAlive();
        }
        news.forEach(
            (key, row) ->
                events.event(row.isPresent() ? "row" : "gone", null, row.map(RecordJson::of).orElseGet(() -> Json.object().put("key", key))));
        // After the rows that it counts: a run that is done comes last.
        moved.ifPresent(now -> events.event("run", null, described(now)));
      }
    } catch (UncheckedIOException e) {
      LOG.info("A reader of run {} left", run);
    } finally {
      streams.decrementAndGet();
    }
  }

  /** Rows that a client has not seen, the latest of each key, and the run where it has changed. */
  private static final class Changed {
    private final Map<String, Optional<MetricRow>> rows = new LinkedHashMap<>();
    private @Nullable Run moved;

    synchronized void addRun(String run, LiveTable.Change<Run> change) {
      if (change.key().equals(run) && change.row() != null) {
        moved = change.row();
        notifyAll();
      }
    }

    synchronized Optional<Run> takeRun() {
      Optional<Run> taken = Optional.ofNullable(moved);
      moved = null;
      return taken;
    }

    synchronized void add(String run, LiveTable.Change<MetricRow> change) {
      MetricRow row = change.row();
      if (row == null ? change.key().startsWith(prefix(run)) : row.getRun().equals(run)) {
        rows.put(change.key(), Optional.ofNullable(row));
        notifyAll();
      }
    }

    synchronized Map<String, Optional<MetricRow>> take(Duration limit) throws InterruptedException {
      long until = System.nanoTime() + limit.toNanos();
      while (rows.isEmpty() && moved == null) {
        long millis = Duration.ofNanos(until - System.nanoTime()).toMillis();
        if (millis <= 0) {
          break;
        }
        wait(millis);
      }
      Map<String, Optional<MetricRow>> taken = new LinkedHashMap<>(rows);
      rows.clear();
      return taken;
    }
  }

  private ObjectNode described(Run run) {
    return RunProgress.describe(run, rows(metrics, run.getName()).toList());
  }

  /** The rows of a run's tables. */
  static Stream<MetricRow> rows(LiveTable<MetricRow> metrics, String run) {
    return metrics.rows().tailMap(prefix(run), true).entrySet().stream()
        .takeWhile(entry -> entry.getKey().startsWith(prefix(run)))
        .map(Map.Entry::getValue);
  }

  /** How the keys of a run's rows begin; see {@link dev.assay.schemas.MetricKey}. */
  private static String prefix(String run) {
    return run.replace("%", "%25").replace("|", "%7C") + "|";
  }

  private static boolean wanted(Context context, MetricRow row) {
    return matches(context.queryParam("scope"), row.getScope().name())
        && matches(context.queryParam("task"), row.getTask())
        && matches(context.queryParam("model"), row.getModel())
        && matches(context.queryParam("metric"), row.getMetric());
  }

  private static boolean matches(@Nullable String wanted, String found) {
    return wanted == null || wanted.equals(found);
  }

  private Run find(Context context) {
    String name = context.pathParam("run");
    Run run = runs.rows().get(name);
    if (run == null) {
      throw Problem.of(Problem.NOT_FOUND, "run_not_found", "there is no run of that name; see /v1/runs");
    }
    return run;
  }

  static ObjectNode list(ArrayNode data) {
    ObjectNode body = Json.object();
    body.put("object", "list");
    body.set("data", data);
    return body;
  }
}
