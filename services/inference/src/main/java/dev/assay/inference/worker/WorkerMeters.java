package dev.assay.inference.worker;

/**
 * What a worker has done since it was made.
 *
 * @param requests requests delivered to the model; a request delivered twice counts twice
 * @param batches batches computed
 * @param answers answers that the broker has confirmed, failures included
 * @param failures answers whose outcome is a failure
 * @param deadLetters records that were no request to this model
 * @param tokensAsked tokens that a reader without any sharing would have read
 * @param tokensComputed tokens that went through the model
 * @param tokensGenerated tokens that the model generated
 * @param secondsComputing time inside the model, in seconds
 * @param leaseRenewals times that a record's lease was renewed
 * @param leasesLost records whose lease ended before they were acknowledged; another worker may answer them again
 * @param turns times that the model looked for more work while it had some
 * @param requestsInTurns requests in the model's hands, summed over those times
 * @param secondsQueued time from the delivery of requests to when the model began them, in seconds, summed over requests
 * @param resends times that the broker did not confirm and sending began again
 */
public record WorkerMeters(
    long requests,
    long batches,
    long answers,
    long failures,
    long deadLetters,
    long tokensAsked,
    long tokensComputed,
    long tokensGenerated,
    double secondsComputing,
    long leaseRenewals,
    long leasesLost,
    long turns,
    long requestsInTurns,
    double secondsQueued,
    long resends) {

  /** What was done since an earlier reading of the same worker. */
  public WorkerMeters since(WorkerMeters earlier) {
    return new WorkerMeters(
        requests - earlier.requests,
        batches - earlier.batches,
        answers - earlier.answers,
        failures - earlier.failures,
        deadLetters - earlier.deadLetters,
        tokensAsked - earlier.tokensAsked,
        tokensComputed - earlier.tokensComputed,
        tokensGenerated - earlier.tokensGenerated,
        secondsComputing - earlier.secondsComputing,
        leaseRenewals - earlier.leaseRenewals,
        leasesLost - earlier.leasesLost,
        turns - earlier.turns,
        requestsInTurns - earlier.requestsInTurns,
        secondsQueued - earlier.secondsQueued,
        resends - earlier.resends);
  }

  /** Tokens that went through the model; those that it generated and read again are counted once. */
  public long tokens() {
    return tokensComputed;
  }

  /** Part of the tokens asked for that had not to be computed, being shared or remembered; 0 to 1. */
  public double prefixHits() {
    return tokensAsked == 0 ? 0 : Math.max(0, 1 - tokensComputed / (double) tokensAsked);
  }

  /**
   * How full batches were, on average over the model's turns.
   *
   * @param maxBatch the most that the worker takes of one name
   */
  public double batchFill(int maxBatch) {
    return turns == 0 ? 0 : requestsInTurns / (double) turns / maxBatch;
  }

  /** How long a request waited for the model, in seconds, on average. */
  public double secondsQueuedEach() {
    return requests == 0 ? 0 : secondsQueued / requests;
  }
}
