package dev.assay.inference.remote;

import java.time.Duration;
import java.time.Instant;

/** Clock and alarm. */
interface Timing {

  /** The clock of {@link System#nanoTime}. */
  long nanos();

  /** The time of day, which a server's date is compared with. */
  Instant now();

  void sleep(Duration time) throws InterruptedException;

  /** The machine's. */
  static Timing system() {
    return new Timing() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }

      @Override
      public void sleep(Duration time) throws InterruptedException {
        Thread.sleep(time);
      }
    };
  }
}
