package dev.assay.topology.intake;

import dev.assay.records.Model;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The models that workers have announced. The store holds their bytes as they came and they are decoded when asked for, because a global
 * store is restored past every processor: what cannot be decoded is no model, and stops nothing.
 */
final class AnnouncedModels {
  private static final String LANGUAGE = "language";

  private final ReadOnlyKeyValueStore<String, byte[]> store;
  private final RecordCodec<Model> codec;

  AnnouncedModels(ReadOnlyKeyValueStore<String, byte[]> store, RecordCodec<Model> codec) {
    this.store = store;
    this.codec = codec;
  }

  boolean has(String name) {
    byte[] bytes = store.get(name);
    return bytes != null && isModel(name, bytes);
  }

  Set<String> names() {
    Set<String> names = new TreeSet<>();
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      all.forEachRemaining(
          entry -> {
            if (isModel(entry.key, entry.value)) {
              names.add(entry.key);
            }
          });
    }
    return names;
  }

  /** The model that is taken where no route names one: the first language model by name, or the first model; empty when none is announced. */
  Optional<String> standard() {
    SortedMap<String, Model> all = new TreeMap<>();
    names().forEach(name -> all.put(name, codec.decode(store.get(name))));
    return all.values().stream().filter(model -> model.getKind().equals(LANGUAGE)).findFirst().or(() -> all.values().stream().findFirst()).map(Model::getName);
  }

  private boolean isModel(String name, byte[] bytes) {
    try {
      return codec.decode(bytes).getName().equals(name);
    } catch (UndecodableRecordException e) {
      return false;
    }
  }

  /** Keeps the latest announcement of each model. */
  static final class Keeper extends ContextualProcessor<String, byte[], Void, Void> {
    @Override
    public void process(Record<String, byte[]> announced) {
      if (announced.key() != null) {
        KeyValueStore<String, byte[]> store = context().getStateStore(Intake.MODELS_STORE);
        store.put(announced.key(), announced.value());
      }
    }
  }
}
