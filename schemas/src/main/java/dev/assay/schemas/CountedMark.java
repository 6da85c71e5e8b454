package dev.assay.schemas;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;

/**
 * The header of verdicts and dead letters whose writer writes their metric rows too, in one transaction with the last of them, as replays
 * do: the streams that count and merge leave such records alone, or every row would have two writers.
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
