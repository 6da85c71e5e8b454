package dev.assay.gateway.exchange;

import java.time.Duration;

/**
 * How much a gateway lets in.
 *
 * @param inFlight most requests to workers that are open at a time
 * @param inFlightPerModel most of them to one model
 * @param bodyBytes the largest body of a request
 * @param timeout how long a client waits for a model
 */
public record Limits(int inFlight, int inFlightPerModel, int bodyBytes, Duration timeout) {

  /** Below what the topics take, with room for the envelope. */
  private static final int BODY_BYTES = 4 * 1024 * 1024;

  /** Refuses what no gateway could work with. */
  public Limits {
    if (inFlight < 1 || inFlightPerModel < 1) {
      throw new IllegalArgumentException("inFlight and inFlightPerModel must be > 0; got %d and %d".formatted(inFlight, inFlightPerModel));
    }
    if (bodyBytes < 1024 || bodyBytes > BODY_BYTES) {
      throw new IllegalArgumentException("bodyBytes must be from 1024 to %d, which the topics take; got %d".formatted(BODY_BYTES, bodyBytes));
    }
    if (timeout.toMillis() < 1) {
      throw new IllegalArgumentException("timeout must be at least 1 ms; got " + timeout);
    }
  }

  /** For one machine: more waits than any model works on at a time, and little enough to be kept in memory. */
  public static Limits defaults() {
    return new Limits(256, 128, BODY_BYTES, Duration.ofMinutes(5));
  }
}
