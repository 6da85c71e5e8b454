package dev.assay.inference.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a worker takes and answers requests.
 *
 * @param workerId the process in the eyes of people and meters; not blank
 * @param maxBatch most requests to one name answered together, 1 or more; also the most of a name that the worker holds at a time
 * @param lease how long the broker reserves a request for this worker unless it is renewed; the broker accepts 15 s to 60 s unless it
 *     is configured otherwise. All workers of a model should have the same: the last to start decides
 * @param adapterRoots folders below which adapters may lie that checkpoint events name; none for a worker that takes no notice of events
 * @param mostAdapters most adapters from events that are served at a time, the newest; 1 or more
 */
public record WorkerSettings(String workerId, int maxBatch, Duration lease, List<Path> adapterRoots, int mostAdapters) {

  /** Kafka's own default for {@code share.record.lock.duration.ms}. */
  public static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

  /** So many that a job's last checkpoints can be compared. */
  public static final int DEFAULT_MOST_ADAPTERS = 16;

  /** Refuses what no worker could run with. */
  public WorkerSettings {
    adapterRoots = List.copyOf(adapterRoots);
    if (mostAdapters < 1) {
      throw new IllegalArgumentException("mostAdapters must be > 0; got " + mostAdapters);
    }
    if (workerId.isBlank()) {
      throw new IllegalArgumentException("workerId must not be blank; use the host and process id");
    }
    if (maxBatch < 1) {
      throw new IllegalArgumentException("maxBatch must be > 0; got " + maxBatch);
    }
    if (lease.toMillis() < 1) {
      throw new IllegalArgumentException("lease must be at least 1 ms; got " + lease);
    }
  }

  /** Settings of a worker that takes no notice of checkpoint events. */
  public WorkerSettings(String workerId, int maxBatch, Duration lease) {
    this(workerId, maxBatch, lease, List.of(), DEFAULT_MOST_ADAPTERS);
  }

  /** The same with adapters from checkpoint events. */
  public WorkerSettings withAdapters(List<Path> roots, int most) {
    return new WorkerSettings(workerId, maxBatch, lease, roots, most);
  }

  /** Settings with Kafka's default lease. */
  public static WorkerSettings of(String workerId, int maxBatch) {
    return new WorkerSettings(workerId, maxBatch, DEFAULT_LEASE);
  }
}
