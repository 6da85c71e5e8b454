package dev.assay.topology.intake;

import dev.assay.records.Routed;
import dev.assay.topology.Arrival;
import dev.assay.topology.StoreKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The prompts of one partition whose ballots may want more orders, by offset. A prompt is forgotten when all its models are decided; of its
 * record a mark stays, so that a follow-up which comes late is told from one for a prompt that never was.
 */
final class OpenPrompts {
  private static final byte[] CLOSED = new byte[0];

  private final KeyValueStore<String, byte[]> prompts;
  private final KeyValueStore<String, byte[]> decided;

  OpenPrompts(KeyValueStore<String, byte[]> prompts, KeyValueStore<String, byte[]> decided) {
    this.prompts = prompts;
    this.decided = decided;
  }

  void open(Arrival arrival, Optional<Routed> routed) {
    prompts.put(key(arrival.offset()), new WaitingPrompt(0, arrival, routed).toBytes());
  }

  /** Whether there was a prompt that is forgotten. */
  boolean isClosed(long offset) {
    byte[] kept = prompts.get(key(offset));
    return kept != null && kept.length == 0;
  }

  /** The prompt's record, and whom it asks for {@code @router}; null when it is forgotten or never was. */
  @Nullable WaitingPrompt get(long offset) {
    byte[] kept = prompts.get(key(offset));
    return kept == null || kept.length == 0 ? null : WaitingPrompt.fromBytes(kept);
  }

  /** A model of the prompt wants nothing more; the last one closes it. */
  void settle(long offset, String model, List<String> asked) {
    if (get(offset) == null) {
      return;
    }
    byte[] before = decided.get(key(offset));
    Set<String> models = before == null ? new TreeSet<>() : new TreeSet<>(StoreKey.parts(new String(before, StandardCharsets.UTF_8)));
    models.add(model);
    if (models.containsAll(asked)) {
      prompts.put(key(offset), CLOSED);
      decided.delete(key(offset));
    } else {
      decided.put(key(offset), StoreKey.of(models.toArray(String[]::new)).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String key(long offset) {
    return Long.toString(offset);
  }
}
