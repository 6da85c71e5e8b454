package dev.assay.gateway.evaluation;

import dev.assay.platform.LiveTable;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of runs that were started over HTTP when they are done: every question judged or given up, and the rows that follow the counters come.
 * Any gateway does it for all such runs, so that a run ends though the gateway that started it is gone; two that do write the same record.
 */
public final class RunSettler implements AutoCloseable {

  /** What stands in the note of a run that a gateway has started. */
  static final String STARTED_BY = "POST /v1/runs";

  private static final Logger LOG = LoggerFactory.getLogger(RunSettler.class);
  private static final Duration LOOK = Duration.ofMillis(250);

  /** The rows of pairs and task types follow the counters by a commit or two. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final LiveTable<Run> runs;
  private final LiveTable<MetricRow> metrics;
  private final RunOutlet outlet;
  private final Map<String, Long> complete = new HashMap<>();
  private final Thread thread;

  /** Begins to look. */
  RunSettler(LiveTable<Run> runs, LiveTable<MetricRow> metrics, RunOutlet outlet) {
    this.runs = runs;
    this.metrics = metrics;
    this.outlet = outlet;
    this.thread = Thread.ofPlatform().name("assay-gateway-runs").daemon().unstarted(this::follow);
    thread.start();
  }

  private void follow() {
    try {
      while (true) {
        runs.rows().values().stream()
            .filter(run -> run.getState() == RunState.RUNNING && run.getNote().equals(STARTED_BY))
            .forEach(this::look);
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(Run run) {
    if (!RunProgress.of(run, RunsApi.rows(metrics, run.getName()).toList()).isDone()) {
      return;
    }
    long since = complete.computeIfAbsent(run.getName(), _ -> System.nanoTime());
    if (System.nanoTime() - since < SILENCE.toNanos()) {
      return;
    }
    try {
      outlet.end(Run.newBuilder(run).setState(RunState.DONE).build());
      complete.remove(run.getName());
    } catch (KafkaException | IllegalStateException e) {
      // Another gateway has just said so, or the broker is away: the next look sees which.
      LOG.info("Run {} is not yet said to be done: {}", run.getName(), e.toString());
      complete.put(run.getName(), System.nanoTime());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(LOOK.multipliedBy(8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
