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
    long resends) {}
