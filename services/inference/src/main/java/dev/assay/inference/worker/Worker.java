package dev.assay.inference.worker;

import dev.assay.inference.AdaptableModel;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelCard;
import dev.assay.inference.store.CheckpointFiles;
import dev.assay.records.Answer;
import dev.assay.records.Checkpoint;
import dev.assay.records.Model;
import dev.assay.records.Reply;
import dev.assay.records.Request;
import dev.assay.schemas.RecordCodec;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one model, and the adapters that share its weights: takes requests from the share group of each name, answers them in batches,
 * and acknowledges each when its answer is on {@code assay.answers}, or on
 * {@code assay.replies} where a client waits for it. A request is answered at least once, whatever dies in between; the
 * ballot removes what was answered twice.
 *
 * <p>Each name has a thread, its {@link Reception}; that of the model itself is the caller of {@link #run}. All bring to one {@link Desk},
 * whose thread owns the model and the producer. A request on its third delivery is answered alone, since its batch may hold one that
 * kills workers; on its last delivery it is answered with a failure, because the share group would drop it without a trace.
 */
public final class Worker implements Runnable, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /** How often a topic is tried for which there are too few brokers: for about half a minute. */
  private static final int FENCED_ATTEMPTS = 10;

  private final Map<String, Object> kafka;
  private final SchemaRegistryClient registry;
  private final AnsweringModel model;
  private final ModelCard card;
  private final WorkerSettings settings;
  private final Tally tally = new Tally();
  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean started;
  private volatile boolean announced;
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
  }

  /** The share group of a model's workers. */
  public static String group(String model) {
    return RequestGroup.of(model).group();
  }

  /** What the worker has done so far. */
  public WorkerMeters meters() {
    return tally.read();
  }

  /** Whether the model is announced and its requests are taken; no more once the worker ends. */
  public boolean isServing() {
    return announced && !stopping;
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
    RecordCodec<Reply> replies = RecordCodec.of(registry, Reply.class);
    try (Outlet outlet = new Outlet(kafka, settings.workerId(), this::stopping, tally);
        Outlet beats = new Outlet(kafka, settings.workerId() + "-heartbeat", this::stopping, tally);
        Pieces pieces = new Pieces(kafka, replies, settings.workerId());
        Cancellations cancellations = Cancellations.listen(kafka, settings.workerId());
        ExecutorService compute =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("assay-compute-" + card.name()).factory());
        ExecutorService others = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("assay-" + card.name() + "-", 0).factory())) {
      Heartbeat heartbeat =
          new Heartbeat(settings, model.device(), RecordCodec.of(registry, Model.class), beats, tally, this::stopping, clock);
      if (prepare(RequestGroup.of(card.name())) && heartbeat.announce(Served.whole(card))) {
        Desk desk =
            new Desk(
                this::current,
                RecordCodec.of(registry, Request.class),
                RecordCodec.of(registry, Answer.class),
                replies,
                new Answering(model, settings.workerId(), clock, tally, pieces::send, cancellations::has),
                outlet,
                backoff,
                tally,
                RequestGroup.DELIVERY_LIMIT,
                this::stopping);
        Future<?> working = compute.submit(desk);
        announced = true;
        try {
          Services services = new Services(desk, working, heartbeat, others);
          others.execute(heartbeat);
          adapters(services, others);
          services.reception(Served.whole(card)).run();
          services.rethrow();
        } finally {
          // What the adapters' receptions have in hand is finished before the desk ends.
          stopping = true;
          finish(others);
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

  private static void finish(ExecutorService others) {
    others.shutdown();
    try {
      while (!others.awaitTermination(1, TimeUnit.SECONDS)) {
        LOG.debug("Waiting for what the adapters have in hand.");
      }
    } catch (InterruptedException e) {
      others.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopping() {
    return stopping;
  }

  /** What a name stands for now: an adapter may have been replaced since its requests were taken. */
  private ModelCard current(Served served) {
    return model instanceof AdaptableModel adaptable ? adaptable.card(served.name()).orElse(served.card()) : served.card();
  }

  /** Serves the adapters that the model has already, and those that checkpoint events bring. */
  private void adapters(Services services, ExecutorService others) {
    if (!(model instanceof AdaptableModel adaptable)) {
      return;
    }
    adaptable.adapters().forEach(adapter -> services.open(Served.adapter(adapter, card.name())));
    if (!settings.adapterRoots().isEmpty()) {
      Roster roster = new Roster(adaptable, new CheckpointFiles(settings.adapterRoots()), settings.mostAdapters(), services);
      RecordCodec<Checkpoint> codec = RecordCodec.of(registry, Checkpoint.class);
      others.execute(new CheckpointWatch(kafka, codec, roster, card.name(), settings.mostAdapters(), this::stopping));
    }
  }

  /** Runs receptions beside the model's own. */
  private final class Services implements Roster.Services {
    private final Desk desk;
    private final Future<?> working;
    private final Heartbeat heartbeat;
    private final ExecutorService others;

    Services(Desk desk, Future<?> working, Heartbeat heartbeat, ExecutorService others) {
      this.desk = desk;
      this.working = working;
      this.heartbeat = heartbeat;
      this.others = others;
    }

    Reception reception(Served served) {
      return new Reception(kafka, served, settings, desk, working, tally, Worker.this::stopping);
    }

    @Override
    public Reception open(Served served) {
      Reception reception = reception(served);
      if (prepare(RequestGroup.of(served.name())) && heartbeat.announce(served)) {
        others.execute(
            () -> {
              try {
                reception.run();
              } finally {
                // It returns when it should; else the desk has failed, and with it the worker.
                if (working.isDone()) {
                  stopping = true;
                }
              }
            });
      }
      return reception;
    }

    @Override
    public void withdraw(String name) {
      heartbeat.withdraw(name);
    }

    @Override
    public int members(String name) {
      return RequestGroup.of(name).members(kafka);
    }

    /** Throws on what ended the desk while it should work. */
    void rethrow() {
      if (working.isDone()) {
        try {
          Reception.rethrow(working);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private boolean prepare(RequestGroup group) {
    int failures = 0;
    while (!stopping) {
      try {
        group.prepare(kafka, settings.lease());
        return true;
      } catch (RetriableException e) {
        failures++;
        LOG.warn("Cannot prepare topic {}; the worker goes on trying.", group.topic(), e);
        if (!backoff.pause(failures)) {
          return false;
        }
      } catch (InvalidReplicationFactorException e) {
        // A busy machine's only broker is taken for gone for a moment; a cluster that really is too small stays so.
        failures++;
        LOG.warn("Too few brokers for topic {}; attempt {} of {}.", group.topic(), failures, FENCED_ATTEMPTS, e);
        if (failures >= FENCED_ATTEMPTS) {
          throw e;
        }
        if (!backoff.pause(failures)) {
          return false;
        }
      }
    }
    return false;
  }

}
