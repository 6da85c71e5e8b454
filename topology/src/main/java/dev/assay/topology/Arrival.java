package dev.assay.topology;

import dev.assay.schemas.DeadLetter;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record as it lies in the log, undecoded, and where: what a stage needs to give it up without losing a byte.
 *
 * @param record key, value and timestamp
 * @param topic the topic that holds it
 * @param partition its partition
 * @param offset its offset
 */
public record Arrival(Record<byte[], byte[]> record, String topic, int partition, long offset) {

  /** A record's size that every broker takes: below Kafka's default limits of 1,048,576 bytes by more than the headers need. */
  public static final int LARGEST_VALUE = 1_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);
  private static final int LONGEST_REASON = 4_000;

  /**
   * The record that is being processed.
   *
   * @throws IllegalStateException when no record is being processed
   */
  public static Arrival of(Record<byte[], byte[]> record, ProcessingContext context) {
    RecordMetadata at =
        context.recordMetadata().orElseThrow(() -> new IllegalStateException("there is no record here, only a punctuation"));
    return new Arrival(record, at.topic(), at.partition(), at.offset());
  }

  /** Where the record lies, for people: {@code topic/partition/offset}. */
  public String where() {
    return topic + '/' + partition + '/' + offset;
  }

  /**
   * The dead letter that this record becomes: its own key and bytes, with {@link DeadLetter} headers. A value above
   * {@link #LARGEST_VALUE} is cut, which the reason then says; the whole of it stays where it lies. A line in the log goes with it.
   *
   * @param stage the stage that gives it up
   * @param subject what it was about
   * @param reason what was got, what was expected, what to do
   */
  public Record<byte[], byte[]> deadLetter(String stage, Subject subject, String reason) {
    String said = reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + " …";
    byte[] value = record.value();
    if (value != null && value.length > LARGEST_VALUE) {
      said += " (the first %d of %d bytes are kept here; all are at %s)".formatted(LARGEST_VALUE, value.length, where());
      value = Arrays.copyOf(value, LARGEST_VALUE);
    }
    LOG.warn(
        "{}: dead letter from {} (run '{}', prompt '{}', model '{}'): {}",
        stage, where(), subject.run(), subject.prompt(), subject.model(), said);
    Headers headers = new RecordHeaders();
    new DeadLetter(topic, partition, offset, stage, said, subject.run(), subject.prompt(), subject.model()).writeTo(headers);
    return new Record<>(record.key(), value, record.timestamp(), headers);
  }
}
