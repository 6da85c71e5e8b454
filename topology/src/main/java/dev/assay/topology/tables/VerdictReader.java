package dev.assay.topology.tables;

import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Reads a verdict that is to be counted; gives an {@link Event}, or the bytes of the dead letter that it becomes when it cannot be. */
final class VerdictReader extends ContextualProcessor<byte[], byte[], byte[], Object> {
  private final RecordCodec<Verdict> verdicts;

  VerdictReader(RecordCodec<Verdict> verdicts) {
    this.verdicts = verdicts;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (CountedMark.isOn(record.headers())) {
      return;
    }
    Verdict verdict;
    try {
      verdict = verdicts.decode(record.value());
    } catch (UndecodableRecordException e) {
      giveUp(record, Subject.UNKNOWN, e.getMessage());
      return;
    }
    try {
      Event answered = new Event.Answered(verdict.getRun(), verdict.getPrompt(), Reading.of(verdict));
      context().forward(new Record<>(record.key(), answered, record.timestamp(), new RecordHeaders()));
    } catch (IllegalArgumentException e) {
      giveUp(record, new Subject(verdict.getRun(), verdict.getPrompt(), verdict.getModel()), String.valueOf(e.getMessage()));
    }
  }

  private void giveUp(Record<byte[], byte[]> record, Subject subject, String reason) {
    Record<byte[], byte[]> letter = Arrival.of(record, context()).deadLetter(Tables.STAGE, subject, reason);
    context().forward(new Record<>(letter.key(), letter.value(), letter.timestamp(), letter.headers()));
  }
}
