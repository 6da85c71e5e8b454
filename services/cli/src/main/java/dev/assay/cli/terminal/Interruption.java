package dev.assay.cli.terminal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ctrl-C and SIGTERM as a wish that work looks at, instead of a blow: the JVM waits until everything that is {@link #hold held} has
 * been put in order, then ends.
 */
public final class Interruption {

  /** Longer than all services together take to end in order; after it the JVM ends anyway, and its children by themselves. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CountDownLatch wish = new CountDownLatch(1);
  private final Phaser holds = new Phaser(1);
  private volatile Runnable last = () -> {};

  /** Lets the signals of this process wish for an end. */
  public static Interruption ofProcess() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("interruption").unstarted(interruption::wishAndWait));
    return interruption;
  }

  /** Whether somebody wishes the work to end. */
  public boolean requested() {
    return wish.getCount() == 0;
  }

  /** Waits for the wish, at most so long; whether there is one. */
  public boolean await(Duration limit) {
    try {
      return wish.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Waits until somebody wishes the work to end. */
  public void await() {
    try {
      wish.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Wishes an end, as a signal would. */
  public void request() {
    wish.countDown();
  }

  /** Something is open that has to be put in order first; it is once the hold is closed. */
  public Hold hold() {
    holds.register();
    return holds::arriveAndDeregister;
  }

  /** Before a signal ends the process, and after all that is held has been put in order, this is done. */
  public void doLast(Runnable action) {
    last = action;
  }

  private void wishAndWait() {
    request();
    try {
      holds.awaitAdvanceInterruptibly(holds.arrive(), PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      System.err.println("assay: what runs did not end within " + PATIENCE.toSeconds() + " s; leaving it");
    }
    last.run();
  }

  /** Keeps the process from ending. */
  public interface Hold extends AutoCloseable {
    @Override
    void close();
  }
}
