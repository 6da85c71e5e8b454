package dev.assay.inference.worker;

import java.time.Duration;

/**
 * How a worker takes and answers requests.
 *
 * @param workerId the process in the eyes of people and meters; not blank
 * @param maxBatch most requests answered together, 1 or more; also the most that the worker holds at a time
 * @param lease how long the broker reserves a request for this worker unless it is renewed; the broker accepts 15 s to 60 s unless it
 *     is configured otherwise. All workers of a model should have the same: the last to start decides
 */
public record WorkerSettings(String workerId, int maxBatch, Duration lease) {

  /** Kafka's own default for {@code share.record.lock.duration.ms}. */
  public static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);

  /** Refuses what no worker could run with. */
  public WorkerSettings {
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

  /** Settings with Kafka's default lease. */
  public static WorkerSettings of(String workerId, int maxBatch) {
    return new WorkerSettings(workerId, maxBatch, DEFAULT_LEASE);
  }
}
