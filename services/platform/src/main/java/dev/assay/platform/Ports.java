package dev.assay.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports of the loopback interface: whether they are free, and free ones. */
final class Ports {

  static final String HOST = "127.0.0.1";

  static final int MAX = 65_535;

  /**
   * Below Linux's and macOS's ranges for outgoing connections (32768 and 49152 upwards), so that no client takes the port while the
   * stack is down.
   */
  private static final int FIRST = 20_000;

  private static final int LAST = 29_999;

  private static final int ATTEMPTS = 200;

  /** Broker and registry choose at the same time; a port is free until its taker listens. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As the broker does: connections of the last run that still linger do not count.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(HOST), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether a program takes connections on a port. Asked by connecting: a look whether the port can still be bound would take it for a moment,
   * and a program that begins to listen in that moment would find it in use.
   */
  static boolean isListening(int port) {
    try (Socket _ = new Socket(InetAddress.ofLiteral(HOST), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static void requireFree(int port, String what) {
    if (!isFree(port)) {
      throw new StackException(
          "Port %d on %s is taken by another program, and the %s needs it: end that program or choose another port (0: any)."
              .formatted(port, HOST, what));
    }
  }

  /** As many free ports as asked for, all different. */
  static int[] free(int count) {
    Set<Integer> found = new HashSet<>();
    for (int attempt = 0; attempt < ATTEMPTS && found.size() < count; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST + 1);
      if (isFree(port) && GIVEN.add(port)) {
        found.add(port);
      }
    }
    if (found.size() < count) {
      throw new StackException("No free port found on " + HOST + " between " + FIRST + " and " + LAST + " in " + ATTEMPTS + " tries.");
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }
}
