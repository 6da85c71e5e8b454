package dev.assay.topology;

import dev.assay.records.Prompt;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;

/** Prompts as the stages behind the intake read them: what it makes a dead letter of, and what a replay has counted, is none of theirs. */
public final class ReadablePrompt {
  private ReadablePrompt() {}

  /** The prompt of a record; empty when it cannot be read, has more than {@link Arrival#LARGEST_VALUE} bytes, or is counted already. */
  public static Optional<Prompt> of(Record<byte[], byte[]> record, RecordCodec<Prompt> codec) {
    if (CountedMark.isOn(record.headers()) || (record.value() != null && record.value().length > Arrival.LARGEST_VALUE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(codec.decode(record.value()));
    } catch (UndecodableRecordException e) {
      return Optional.empty();
    }
  }
}
