package dev.assay.cli;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Names of runs that nobody has named. */
final class RunName {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private RunName() {}

  /** A word and the time, UTC. */
  static String now(String word) {
    return word + "-" + LocalDateTime.now(ZoneOffset.UTC).format(TIME);
  }
}
