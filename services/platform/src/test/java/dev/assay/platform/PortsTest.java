package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PortsTest {

  @Test
  void isListening_saysWhetherSomebodyTakesConnections() throws IOException {
    int port = Ports.free(1)[0];
    assertThat(Ports.isListening(port)).isFalse();
    try (ServerSocket _ = new ServerSocket(port, 50, InetAddress.ofLiteral(Ports.HOST))) {
      assertThat(Ports.isListening(port)).isTrue();
    }
    assertThat(Ports.isListening(port)).isFalse();
  }

  /** Who waits for a program to listen must never take the port from it. */
  @Test
  void isListening_askedAllTheTime_leavesThePortFree() throws Exception {
    int port = Ports.free(1)[0];
    AtomicBoolean done = new AtomicBoolean();
    Thread asking =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!done.get()) {
                    boolean _ = Ports.isListening(port);
                  }
                });
    try {
      for (int i = 0; i < 200; i++) {
        new ServerSocket(port, 50, InetAddress.ofLiteral(Ports.HOST)).close();
      }
    } finally {
      done.set(true);
      asking.join();
    }
  }
}
