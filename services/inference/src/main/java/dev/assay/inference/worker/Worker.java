package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Outlet.Parcel;
import dev.assay.records.Answer;
import dev.assay.records.Model;
import dev.assay.records.Request;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one model: takes requests from the model's share group, answers them in batches, and acknowledges each when its answer is on
 * {@code assay.answers}. A request is answered at least once, whatever dies in between; the ballot removes what was answered twice.
 *
 * <p>Two threads. The caller of {@link #run} owns the share consumer: it takes what is there (a batch is never held back to fill up),
 * brings it to the {@link Desk}, whose thread owns the model and the producer, acknowledges each request as soon as its answer is sent,
 * and renews the leases of the others. A share consumer takes nothing new while it holds something (KAFKA-20458). A request on its third
 * delivery is answered alone, since its batch may hold one that kills workers; on its last delivery it is answered with a failure,
 * because the share group would drop it without a trace.
 */
public final class Worker implements Runnable, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration TAKE = Duration.ofMillis(250);
  private static final Duration CHECK = Duration.ofMillis(500);
  private static final int RENEWALS_PER_LEASE = 3;
  private static final int ALONE_FROM_DELIVERY = 3;

  private final Map<String, Object> kafka;
  private final SchemaRegistryClient registry;
  private final AnsweringModel model;
  private final ModelCard card;
  private final WorkerSettings settings;
  private final RequestGroup group;
  private final Duration renewEvery;
  private final Tally tally = new Tally();
  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean started;
  private volatile boolean stopping;
  private final Backoff backoff = new Backoff(() -> stopping);

  /**
   * A worker that has not begun.
   *
   * @param kafka client settings: {@code bootstrap.servers}, and security where the broker wants it
   * @param registry where the schemas of requests are and those of answers go
   * @param model stays the caller's to close, after {@link #close}
   */
  public Worker(Map<String, ?> kafka, SchemaRegistryClient registry, AnsweringModel model, WorkerSettings settings) {
    this.kafka = Map.copyOf(kafka);
    this.registry = registry;
    this.model = model;
    this.card = model.card();
    this.settings = settings;
    this.group = RequestGroup.of(card.name());
    this.renewEvery = settings.lease().dividedBy(RENEWALS_PER_LEASE);
  }

  /** The share group of a model's workers. */
  public static String group(String model) {
    return RequestGroup.of(model).group();
  }

  /** What the worker has done so far. */
  public WorkerMeters meters() {
    return tally.read();
  }

  /**
   * Prepares the request topic and its group, announces the model on {@code assay.models}, and serves until {@link #close} or an
   * interrupt. A broker or registry that is away is waited for.
   *
   * @throws KafkaException when the broker refuses to create the topic or to configure the group
   * @throws IllegalStateException when called twice
   */
  @Override
  public void run() {
    synchronized (this) {
      if (started) {
        throw new IllegalStateException("a worker runs once; make another for model " + card.name());
      }
      started = true;
    }
    try (Outlet outlet = new Outlet(kafka, settings.workerId(), () -> stopping, tally);
        ExecutorService compute =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("assay-compute-" + card.name()).factory())) {
      if (prepare() && announce(outlet)) {
        Desk desk =
            new Desk(
                card,
                RecordCodec.of(registry, Request.class),
                RecordCodec.of(registry, Answer.class),
                new Answering(model, settings.workerId(), clock, tally),
                outlet,
                backoff,
                tally,
                RequestGroup.DELIVERY_LIMIT,
                () -> stopping);
        Future<?> working = compute.submit(desk);
        try {
          serve(desk, working);
        } finally {
          compute.shutdownNow();
        }
      }
    } finally {
      ended.countDown();
    }
  }

  /** Finishes the batch in hand, gives the rest back, and waits for {@link #run} to return. May be called from a shutdown hook. */
  @Override
  public void close() {
    stopping = true;
    synchronized (this) {
      if (!started) {
        started = true;
        ended.countDown();
      }
    }
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean prepare() {
    int failures = 0;
    while (!stopping) {
      try {
        group.prepare(kafka, settings.lease());
        return true;
      } catch (RetriableException e) {
        failures++;
        LOG.warn("Cannot prepare topic {}; the worker goes on trying.", group.topic().name(), e);
        if (!backoff.pause(failures)) {
          return false;
        }
      }
    }
    return false;
  }

  private boolean announce(Outlet outlet) {
    RecordCodec<Model> models = RecordCodec.of(registry, Model.class);
    Model announcement =
        new Model(
            card.name(),
            card.checkpoint(),
            card.kind(),
            group.topic().name(),
            card.contextTokens(),
            card.parameters(),
            settings.workerId(),
            clock.instant().truncatedTo(ChronoUnit.MILLIS));
    byte[] value = backoff.insist("encode the announcement", () -> models.encode(Topics.MODELS, announcement));
    return value != null
        && outlet.send(
            List.of(new Parcel(new ProducerRecord<>(Topics.MODELS, card.name().getBytes(StandardCharsets.UTF_8), value), null)));
  }

  private void serve(Desk desk, Future<?> working) {
    int failures = 0;
    while (!stopping) {
      try (Leases leases = Leases.join(kafka, group.group(), group.topic().name(), settings, renewEvery, tally)) {
        while (!stopping) {
          List<Delivery> taken = leases.take(TAKE);
          settle(leases, taken.size(), bring(desk, taken), working);
          failures = taken.isEmpty() ? failures : 0;
        }
      } catch (InterruptException e) {
        stopping = true;
      } catch (KafkaException | IllegalStateException e) {
        failures++;
        LOG.warn("The share consumer of {} failed; the worker joins again.", group.group(), e);
        backoff.pause(failures);
      }
    }
  }

  private record Settled(Delivery delivery, AcknowledgeType how) {}

  /** Brings what was taken to the desk; where it says what became of each. */
  private static BlockingQueue<Settled> bring(Desk desk, List<Delivery> taken) {
    BlockingQueue<Settled> settled = new LinkedBlockingQueue<>();
    Desk.Settling settling = (delivery, how) -> settled.add(new Settled(delivery, how));
    List<Delivery> together = taken.stream().filter(delivery -> delivery.count() < ALONE_FROM_DELIVERY).toList();
    if (!together.isEmpty()) {
      desk.bring(new Desk.Batch(together, false, settling));
    }
    taken.stream()
        .filter(delivery -> delivery.count() >= ALONE_FROM_DELIVERY)
        .forEach(one -> desk.bring(new Desk.Batch(List.of(one), true, settling)));
    return settled;
  }

  /** Acknowledges what the desk is done with, and renews the leases of the rest, until there is no rest. */
  private void settle(Leases leases, int count, BlockingQueue<Settled> settled, Future<?> working) {
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

  private static void rethrow(Future<?> working) throws InterruptedException {
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
