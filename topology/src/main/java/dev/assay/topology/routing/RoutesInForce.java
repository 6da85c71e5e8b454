package dev.assay.topology.routing;

import dev.assay.records.Route;
import dev.assay.records.TaskType;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;

/** The routes as their topic has them. The store holds their bytes as they came; what cannot be decoded is no route, and stops nothing. */
public final class RoutesInForce {
  /** The name of the global store. */
  public static final String STORE = "routes";

  private final ReadOnlyKeyValueStore<String, byte[]> store;
  private final RecordCodec<Route> codec;

  /** The routes in a store that {@link Keeper} fills. */
  public RoutesInForce(ReadOnlyKeyValueStore<String, byte[]> store, RecordCodec<Route> codec) {
    this.store = store;
    this.codec = codec;
  }

  /** The route of a task type; empty when there is none. */
  public Optional<Route> of(TaskType type) {
    return read(codec, store.get(type.name()));
  }

  static Optional<Route> read(RecordCodec<Route> codec, byte @Nullable [] bytes) {
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(codec.decode(bytes));
    } catch (UndecodableRecordException e) {
      return Optional.empty();
    }
  }

  /** Keeps the latest route of each task type. */
  public static final class Keeper extends ContextualProcessor<String, byte[], Void, Void> {
    @Override
    public void process(Record<String, byte[]> route) {
      if (route.key() != null) {
        KeyValueStore<String, byte[]> store = context().getStateStore(STORE);
        store.put(route.key(), route.value());
      }
    }
  }
}
