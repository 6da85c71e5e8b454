package dev.assay.schemas;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Why a record could not be used, and where it came from. A dead letter keeps the record's own key and bytes; this travels in its
 * headers.
 *
 * @param topic the topic that held the record
 * @param partition its partition
 * @param offset its offset
 * @param stage the stage that gave it up, such as {@code intake}
 * @param reason what was got, what was expected, what to do
 * @param run the run, or empty when it could not be read
 * @param prompt the prompt id, or empty when it could not be read
 * @param model the model that the loss concerns, or empty when it concerns every model of the prompt
 */
public record DeadLetter(
    String topic, int partition, long offset, String stage, String reason, String run, String prompt, String model) {

  private static final String PREFIX = "assay.";

  /** Writes this into a record's headers, replacing what an earlier dead letter left there. */
  public void writeTo(Headers headers) {
    put(headers, "topic", topic);
    put(headers, "partition", Integer.toString(partition));
    put(headers, "offset", Long.toString(offset));
    put(headers, "stage", stage);
    put(headers, "reason", reason);
    put(headers, "run", run);
    put(headers, "prompt", prompt);
    put(headers, "model", model);
  }

  /** Reads the headers of a dead letter; null when they are not those of one. */
  public static @Nullable DeadLetter read(Headers headers) {
    try {
      String topic = get(headers, "topic");
      String stage = get(headers, "stage");
      if (topic.isEmpty() || stage.isEmpty()) {
        return null;
      }
      return new DeadLetter(
          topic,
          Integer.parseInt(get(headers, "partition")),
          Long.parseLong(get(headers, "offset")),
          stage,
          get(headers, "reason"),
          get(headers, "run"),
          get(headers, "prompt"),
          get(headers, "model"));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static void put(Headers headers, String name, String value) {
    headers.remove(PREFIX + name);
    headers.add(PREFIX + name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static String get(Headers headers, String name) {
    Header header = headers.lastHeader(PREFIX + name);
    return header == null || header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }
}
