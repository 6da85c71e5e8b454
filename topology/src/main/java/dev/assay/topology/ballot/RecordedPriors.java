package dev.assay.topology.ballot;

import dev.assay.records.Prior;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The priors that are in the log, wherever they were made. They are all there before the first answer is read, so a stage that reads the
 * answers anew takes the priors that were taken then. What cannot be decoded is no prior, and stops nothing.
 */
final class RecordedPriors {
  private final ReadOnlyKeyValueStore<String, byte[]> store;
  private final RecordCodec<Prior> codec;

  RecordedPriors(ReadOnlyKeyValueStore<String, byte[]> store, RecordCodec<Prior> codec) {
    this.store = store;
    this.codec = codec;
  }

  Optional<Prior> of(String group) {
    byte[] bytes = store.get(group);
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(codec.decode(bytes));
    } catch (UndecodableRecordException _) {
      return Optional.empty();
    }
  }

  /** Keeps the first prior of each group. */
  static final class Keeper extends ContextualProcessor<String, byte[], Void, Void> {
    @Override
    public void process(Record<String, byte[]> prior) {
      if (prior.key() != null && prior.value() != null) {
        KeyValueStore<String, byte[]> store = context().getStateStore(Ballot.PRIORS_STORE);
        store.putIfAbsent(prior.key(), prior.value());
      }
    }
  }
}
