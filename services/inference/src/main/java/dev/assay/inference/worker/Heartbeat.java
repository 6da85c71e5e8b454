package dev.assay.inference.worker;

import dev.assay.inference.worker.Outlet.Parcel;
import dev.assay.records.Model;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells {@code assay.models} what a worker serves and how it is doing: at once when a name is added or withdrawn, every five seconds while
 * it works, every thirty while it idles; and the log every thirty seconds of work.
 */
final class Heartbeat implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
  private static final Duration BUSY = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final Duration CHECK = Duration.ofMillis(200);

  private final WorkerSettings settings;
  private final String device;
  private final RecordCodec<Model> codec;
  private final Outlet outlet;
  private final Backoff backoff;
  private final Tally tally;
  private final BooleanSupplier stopping;
  private final InstantSource clock;
  private final Map<String, Announced> announced = new LinkedHashMap<>();
  private Reading lastBeat = new Reading(System.nanoTime(), new Tally().read());
  private Reading lastLine = lastBeat;

  private record Announced(Served served, Instant since) {}

  /** The meters at a moment on the clock of {@link System#nanoTime}. */
  private record Reading(long nanos, WorkerMeters meters) {}

  /**
   * @param outlet for this alone
   */
  Heartbeat(
      WorkerSettings settings,
      String device,
      RecordCodec<Model> codec,
      Outlet outlet,
      Tally tally,
      BooleanSupplier stopping,
      InstantSource clock) {
    this.settings = settings;
    this.device = device;
    this.codec = codec;
    this.outlet = outlet;
    this.backoff = new Backoff(stopping);
    this.tally = tally;
    this.stopping = stopping;
    this.clock = clock;
  }

  /** Announces a name; returns when the broker has confirmed it, or the worker stops: then false. */
  synchronized boolean announce(Served served) {
    announced.put(served.name(), new Announced(served, now()));
    // The others' lists of what shares their weights change with it.
    return beat();
  }

  /** Takes a name back. */
  synchronized void withdraw(String name) {
    announced.remove(name);
    boolean _ = outlet.send(List.of(new Parcel(new ProducerRecord<>(Topics.MODELS, name.getBytes(StandardCharsets.UTF_8), null), null)));
    boolean _ = beat();
  }

  /** Beats until the worker stops. */
  @Override
  public void run() {
    try {
      while (!stopping.getAsBoolean()) {
        Thread.sleep(CHECK);
        step(System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void step(long now) {
    WorkerMeters meters = tally.read();
    boolean busy = meters.answers() > lastBeat.meters.answers() || tally.held() > 0;
    if (now - lastBeat.nanos >= (busy ? BUSY : IDLE).toNanos()) {
      boolean _ = beat();
    }
    if (now - lastLine.nanos >= IDLE.toNanos()) {
      if (meters.answers() > lastLine.meters.answers() || tally.held() > 0) {
        LOG.info("{}: {}", settings.workerId(), line(meters.since(lastLine.meters), seconds(now - lastLine.nanos)));
      }
      lastLine = new Reading(now, meters);
    }
  }

  private boolean beat() {
    Reading reading = new Reading(System.nanoTime(), tally.read());
    WorkerMeters since = reading.meters.since(lastBeat.meters);
    double seconds = seconds(reading.nanos - lastBeat.nanos);
    List<String> adapters = announced.values().stream().map(Announced::served).filter(one -> !one.base().isEmpty()).map(Served::name).toList();
    List<Parcel> parcels = new ArrayList<>();
    for (Announced one : announced.values()) {
      Model record = record(one, adapters, since, seconds);
      byte[] value = backoff.insist("encode the announcement", () -> codec.encode(Topics.MODELS, record));
      if (value == null) {
        return false;
      }
      parcels.add(new Parcel(new ProducerRecord<>(Topics.MODELS, one.served.name().getBytes(StandardCharsets.UTF_8), value), null));
    }
    lastBeat = reading;
    return outlet.send(parcels);
  }

  private Model record(Announced one, List<String> adapters, WorkerMeters since, double seconds) {
    Served served = one.served;
    int computing = tally.computing();
    return Model.newBuilder()
        .setName(served.name())
        .setCheckpoint(served.card().checkpoint())
        .setKind(served.card().kind())
        .setTopic(Topics.requests(served.name()))
        .setContextTokens(served.card().contextTokens())
        .setParameters(served.card().parameters())
        .setWorker(settings.workerId())
        .setAnnouncedAt(one.since)
        .setBase(served.base().isEmpty() ? null : served.base())
        .setAdapters(served.base().isEmpty() ? adapters : List.of())
        .setFailure(served.failure())
        .setDevice(device)
        .setInFlight(computing)
        .setQueued(Math.max(0, tally.held() - computing))
        .setRequestsPerSecond(since.answers() / seconds)
        .setTokensPerSecond(since.tokens() / seconds)
        .setBatchFill(since.batchFill(settings.maxBatch()))
        .setPrefixHits(since.prefixHits())
        .setHeartbeatAt(now())
        .build();
  }

  private String line(WorkerMeters since, double seconds) {
    return "%.1f requests/s, %.0f tokens/s, %.0f %% of tokens shared or remembered, batches %.0f %% full, %.0f ms waited, %d in hand, %d leases renewed"
        .formatted(
            since.answers() / seconds,
            since.tokens() / seconds,
            100 * since.prefixHits(),
            100 * since.batchFill(settings.maxBatch()),
            1000 * since.secondsQueuedEach(),
            tally.held(),
            since.leaseRenewals());
  }

  private static double seconds(long nanos) {
    return Math.max(1, nanos) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
