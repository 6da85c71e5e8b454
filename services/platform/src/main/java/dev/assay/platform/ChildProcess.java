package dev.assay.platform;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Main class of every child JVM: runs the main class named by its first argument, and exits in order as soon as its parent is gone.
 *
 * <p>The parent holds the other end of this process's standard input. The operating system closes that end whatever way the parent
 * dies, {@code kill -9} included, so end-of-input is the one signal that cannot be missed.
 */
public final class ChildProcess {

  /** Exit status of a child that had to be cut short, because its own shutdown hung. */
  static final int SHUTDOWN_HUNG = 70;

  private static final long SHUTDOWN_LIMIT_MILLIS = 20_000;

  private ChildProcess() {}

  /**
   * Runs another main class under the watch.
   *
   * @param args the class to run, then its own arguments
   * @throws Exception what the other main class throws
   */
  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      throw new IllegalArgumentException("expected the main class to run as first argument; got none");
    }
    Thread.ofPlatform().daemon().name("parent-watch").start(() -> exitAtEnd(System.in));
    try {
      Class.forName(args[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      // Non-daemon threads that the failed main has started would keep a half-started child alive.
      e.getCause().printStackTrace();
      System.exit(1);
    }
  }

  private static void exitAtEnd(InputStream input) {
    try {
      while (input.read() >= 0) {
        // The parent writes nothing; only the end matters.
      }
    } catch (IOException e) {
      System.err.println("standard input failed, so the parent is taken for gone: " + e);
    }
    Thread.ofPlatform().daemon().name("shutdown-limit").start(ChildProcess::haltWhenShutdownHangs);
    System.exit(0);
  }

  private static void haltWhenShutdownHangs() {
    try {
      Thread.sleep(SHUTDOWN_LIMIT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(SHUTDOWN_HUNG);
  }
}
