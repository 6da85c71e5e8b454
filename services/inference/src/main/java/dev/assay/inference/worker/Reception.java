package dev.assay.inference.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the requests to one name come in: owns the name's share consumer, takes what is there (a batch is never held back to fill up),
 * brings it to the {@link Desk}, acknowledges each request as soon as its answer is sent, and renews the leases of the others. A share
 * consumer takes nothing new while it holds something (KAFKA-20458).
 */
final class Reception implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
  private static final Duration TAKE = Duration.ofMillis(250);
  private static final Duration CHECK = Duration.ofMillis(500);
  private static final int RENEWALS_PER_LEASE = 3;
  private static final int ALONE_FROM_DELIVERY = 3;

  private final Map<String, Object> kafka;
  private final Served served;
  private final RequestGroup group;
  private final WorkerSettings settings;
  private final Desk desk;
  private final Future<?> working;
  private final Tally tally;
  private final BooleanSupplier stopping;
  private final Duration renewEvery;
  private volatile boolean closed;
  private volatile @Nullable Retirement retirement;

  /**
   * The end of a name.
   *
   * @param sinceNanos when it was given up, on the clock of {@link System#nanoTime}
   */
  private record Retirement(long sinceNanos, Duration silence) {}

  /**
   * @param working the desk's thread
   * @param stopping whether the worker is to stop
   */
  Reception(
      Map<String, Object> kafka,
      Served served,
      WorkerSettings settings,
      Desk desk,
      Future<?> working,
      Tally tally,
      BooleanSupplier stopping) {
    this.kafka = kafka;
    this.served = served;
    this.group = RequestGroup.of(served.name());
    this.settings = settings;
    this.desk = desk;
    this.working = working;
    this.tally = tally;
    this.stopping = stopping;
    this.renewEvery = settings.lease().dividedBy(RENEWALS_PER_LEASE);
  }

  /** Takes requests until the worker stops or {@link #close}; those in hand are finished. */
  @Override
  public void run() {
    Backoff backoff = new Backoff(this::ends);
    int failures = 0;
    while (!ends()) {
      try (Leases leases = Leases.join(kafka, group.group(), group.topic(), settings, renewEvery, tally)) {
        long busyAt = System.nanoTime();
        while (!ends() && !retired(busyAt)) {
          List<Delivery> taken = leases.take(TAKE);
          if (!taken.isEmpty()) {
            settle(leases, taken.size(), bring(taken));
            failures = 0;
            busyAt = System.nanoTime();
          }
        }
        if (!ends()) {
          closed = true;
        }
      } catch (InterruptException e) {
        closed = true;
      } catch (KafkaException | IllegalStateException e) {
        failures++;
        LOG.warn("The share consumer of {} failed; the worker joins again.", group.group(), e);
        backoff.pause(failures);
      }
    }
  }

  /** Lets it end once it has finished what it has in hand. */
  void close() {
    closed = true;
  }

  /** Lets it end when nothing has come for so long: what waits of requests to a name that is given up is still answered. */
  void retire(Duration silence) {
    retirement = new Retirement(System.nanoTime(), silence);
  }

  private boolean retired(long busyAt) {
    Retirement end = retirement;
    long now = System.nanoTime();
    return end != null && now - end.sinceNanos > end.silence.toNanos() && now - busyAt > end.silence.toNanos();
  }

  private boolean ends() {
    return closed || stopping.getAsBoolean();
  }

  private record Settled(Delivery delivery, AcknowledgeType how) {}

  /** Brings what was taken to the desk; where it says what became of each. */
  private BlockingQueue<Settled> bring(List<Delivery> taken) {
    BlockingQueue<Settled> settled = new LinkedBlockingQueue<>();
    Desk.Settling settling = (delivery, how) -> settled.add(new Settled(delivery, how));
    List<Delivery> together = taken.stream().filter(delivery -> delivery.count() < ALONE_FROM_DELIVERY).toList();
    if (!together.isEmpty()) {
      desk.bring(new Desk.Batch(served, together, false, settling));
    }
    taken.stream()
        .filter(delivery -> delivery.count() >= ALONE_FROM_DELIVERY)
        .forEach(one -> desk.bring(new Desk.Batch(served, List.of(one), true, settling)));
    return settled;
  }

  /** Acknowledges what the desk is done with, and renews the leases of the rest, until there is no rest. */
  private void settle(Leases leases, int count, BlockingQueue<Settled> settled) {
    int open = count;
    long renewAt = System.nanoTime() + renewEvery.toNanos();
    try {
      while (open > 0) {
        Settled first = settled.poll(Math.min(CHECK.toNanos(), renewAt - System.nanoTime()), TimeUnit.NANOSECONDS);
        List<Settled> done = new ArrayList<>();
        if (first != null) {
          done.add(first);
          settled.drainTo(done);
          done.forEach(one -> leases.settle(one.delivery, one.how));
          open -= done.size();
        }
        if (open > 0 && !done.isEmpty()) {
          // The next request may kill the worker, and these are done.
          leases.flush();
        }
        if (open > 0 && System.nanoTime() - renewAt >= 0) {
          leases.renew();
          renewAt = System.nanoTime() + renewEvery.toNanos();
        }
        if (open > 0 && working.isDone()) {
          rethrow(working);
        }
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Throws on what ended the desk. */
  static void rethrow(Future<?> working) throws InterruptedException {
    try {
      working.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("the worker's desk failed; its requests are delivered again", e.getCause());
    }
  }
}
