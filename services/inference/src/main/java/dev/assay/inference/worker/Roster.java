package dev.assay.inference.worker;

import dev.assay.inference.AdaptableModel;
import dev.assay.inference.ModelCard;
import dev.assay.inference.store.CheckpointFiles;
import dev.assay.records.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters that come and go with checkpoint events: loaded, announced and served beside the worker's model, the newest of them up to
 * a limit. For one thread.
 *
 * <p>One that cannot be loaded is answered for as well: its requests get the reason as their answer, unless another worker serves it.
 */
final class Roster {

  private static final Logger LOG = LoggerFactory.getLogger(Roster.class);
  private static final Set<String> NEEDED = Set.of("adapter_config.json", "adapter_model.safetensors");

  /** So long an adapter that is gone is answered for, so that what was asked before does not wait for ever. */
  private static final Duration LAST_CALL = Duration.ofSeconds(30);

  private final AdaptableModel model;
  private final CheckpointFiles files;
  private final int most;
  private final Services services;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** What runs for a name. */
  interface Services {
    /** Announces a name and serves it. */
    Reception open(Served served);

    /** Takes a name's announcement back. */
    void withdraw(String name);

    /** How many workers serve a name now. */
    int members(String name);
  }

  private record Entry(Checkpoint checkpoint, Served served, Reception reception) {}

  Roster(AdaptableModel model, CheckpointFiles files, int most, Services services) {
    this.model = model;
    this.files = files;
    this.most = most;
    this.services = services;
  }

  /** Takes an event; one of another model, or one that changes nothing, is passed over. */
  void admit(Checkpoint checkpoint) {
    Entry before = entries.get(checkpoint.getName());
    if (!model.card().name().equals(checkpoint.getBase()) || (before != null && before.checkpoint.equals(checkpoint))) {
      return;
    }
    long begin = System.nanoTime();
    try {
      Path folder = files.verify(checkpoint, NEEDED);
      ModelCard card = model.attach(checkpoint.getName(), folder);
      enter(checkpoint, Served.adapter(card, model.card().name()));
      LOG.info("{} is loaded after {} ms: {}", card.name(), Duration.ofNanos(System.nanoTime() - begin).toMillis(), card);
    } catch (IOException | RuntimeException e) {
      LOG.error("Cannot load the adapter {} of {}.", checkpoint.getName(), checkpoint.getBase(), e);
      model.detach(checkpoint.getName());
      String reason = "the adapter could not be loaded: " + e.getMessage();
      if (services.members(checkpoint.getName()) - (before == null ? 0 : 1) <= 0) {
        enter(checkpoint, Served.failed(checkpoint.getName(), model.card(), reason));
      }
    }
    List<Entry> loaded = new ArrayList<>(entries.values().stream().filter(entry -> entry.served.failure().isEmpty()).toList());
    loaded.sort(Comparator.comparing(entry -> entry.checkpoint.getCreatedAt()));
    loaded.stream().limit(Math.max(0, loaded.size() - most)).forEach(entry -> dismiss(entry.checkpoint.getName()));
  }

  /** Drops an adapter: what was begun is finished with it, and what waits is answered with the reason. */
  void dismiss(String name) {
    Entry gone = entries.remove(name);
    if (gone != null) {
      model.detach(name);
      services.withdraw(name);
      gone.reception.retire(LAST_CALL);
      LOG.info("{} is dropped.", name);
    }
  }

  /** Drops all but these: what happened to the others went unheard during an outage. */
  void retain(Set<String> names) {
    List.copyOf(entries.keySet()).stream().filter(name -> !names.contains(name)).forEach(this::dismiss);
  }

  /** Leaves failed adapters to workers that have loaded them meanwhile. */
  void review() {
    for (Entry entry : List.copyOf(entries.values())) {
      if (!entry.served.failure().isEmpty() && services.members(entry.served.name()) > 1) {
        LOG.info("{} is served by another worker.", entry.served.name());
        entry.reception.close();
        entries.remove(entry.served.name());
      }
    }
  }

  private void enter(Checkpoint checkpoint, Served served) {
    Entry before = entries.get(served.name());
    if (before != null) {
      before.reception.close();
    }
    entries.put(served.name(), new Entry(checkpoint, served, services.open(served)));
  }
}
