package dev.assay.schemas;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;

/**
 * The header of records whose writer writes the metric rows too, as replays and imports do: the stages leave such records alone. A prompt
 * is not asked, an answer is not judged, a verdict is not counted, or every row would have two writers.
 */
public final class CountedMark {

  private static final String NAME = "assay.counted-by";

  private CountedMark() {}

  /** Marks a record. */
  public static void write(Headers headers, String writer) {
    headers.remove(NAME);
    headers.add(NAME, writer.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a record is marked. */
  public static boolean isOn(Headers headers) {
    return headers.lastHeader(NAME) != null;
  }
}
