package dev.assay.topology.tables;

import dev.assay.schemas.CountedMark;
import dev.assay.schemas.DeadLetter;
import dev.assay.topology.Arrival;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Tells which prompt a dead letter was about, from its headers alone. */
final class DeadLetterReader extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
  @Override
  public void process(Record<byte[], byte[]> record) {
    if (CountedMark.isOn(record.headers())) {
      return;
    }
    DeadLetter letter = DeadLetter.read(record.headers());
    Event lost = letter == null ? Event.unreadable(Arrival.of(record, context())) : Event.lost(letter);
    context().forward(new Record<>(lost.prompt().getBytes(StandardCharsets.UTF_8), lost.toBytes(), record.timestamp(), new RecordHeaders()));
  }
}
