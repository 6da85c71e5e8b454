package dev.assay.topology.ballot;

import dev.assay.records.Envelope;
import dev.assay.records.Followup;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import dev.assay.topology.routing.RoutedVerdicts;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** What the ballot stage sends on. */
final class BallotOutlet {
  private final ProcessorContext<Object, Object> context;
  private final RecordCodec<Verdict> verdicts;

  BallotOutlet(ProcessorContext<Object, Object> context, RecordCodec<Verdict> verdicts) {
    this.context = context;
    this.verdicts = verdicts;
  }

  /**
   * The bytes of a verdict.
   *
   * @throws IllegalArgumentException when they are too many for a record
   */
  byte[] encode(Verdict verdict) {
    byte[] bytes = verdicts.encode(Topics.VERDICTS, verdict);
    if (bytes.length > Arrival.LARGEST_VALUE) {
      throw new IllegalArgumentException(
          "the verdict would have %d bytes; expected at most %d: ask for a shorter text".formatted(bytes.length, Arrival.LARGEST_VALUE));
    }
    return bytes;
  }

  /** A verdict under each name that the answer counts for, all or none. */
  void verdicts(Envelope envelope, Verdict verdict, long timestamp) {
    List<byte[]> encoded = RoutedVerdicts.of(envelope, verdict).stream().map(this::encode).toList();
    encoded.forEach(bytes -> verdict(envelope.getPrompt(), bytes, timestamp));
  }

  void verdict(String prompt, byte[] verdict, long timestamp) {
    context.forward(new Record<>(prompt, verdict, timestamp, new RecordHeaders()), Ballot.VERDICTS);
  }

  void followup(Followup followup, long timestamp) {
    context.forward(new Record<>(followup.getPrompt(), followup, timestamp, new RecordHeaders()), Ballot.FOLLOWUPS);
  }

  void contribution(String group, Contribution contribution, long timestamp) {
    context.forward(new Record<>(group, contribution.toBytes(), timestamp, new RecordHeaders()), Ballot.CONTRIBUTIONS);
  }

  void giveUp(Arrival arrival, Subject subject, String reason) {
    context.forward(arrival.deadLetter(Ballot.STAGE, subject, reason), Ballot.DEAD_LETTERS);
  }
}
