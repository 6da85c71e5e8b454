package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PortBookTest {

  @TempDir Path directory;

  @Test
  void settle_takenPort_isRefusedNamingPortAndService() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral(Ports.HOST))) {
      assertThatThrownBy(() -> PortBook.settle(directory, taken.getLocalPort(), "broker"))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("Port " + taken.getLocalPort())
          .hasMessageContaining("the broker needs it");
      assertThatThrownBy(() -> EmbeddedBroker.start(directory, taken.getLocalPort())).isInstanceOf(StackException.class);
    }
  }

  @Test
  void settle_zero_givesTheLastPortsAgain() throws IOException {
    PortBook.Pair first = PortBook.settle(directory, 0, "broker");
    assertThat(first.main()).isNotEqualTo(first.internal());
    assertThat(PortBook.settle(directory, 0, "broker")).isEqualTo(first);
  }

  @Test
  void settle_lastPortTakenMeanwhile_givesAnother() throws IOException {
    PortBook.Pair first = PortBook.settle(directory, 0, "broker");
    try (ServerSocket taken = new ServerSocket(first.main(), 1, InetAddress.ofLiteral(Ports.HOST))) {
      PortBook.Pair second = PortBook.settle(directory, 0, "broker");
      assertThat(second.main()).isNotIn(first.main(), first.internal());
      assertThat(second.internal()).isEqualTo(first.internal());
      assertThat(taken.isBound()).isTrue();
    }
  }

  @Test
  void settle_wantedPort_winsOverTheLast() throws IOException {
    PortBook.Pair first = PortBook.settle(directory, 0, "broker");
    PortBook.Pair second = PortBook.settle(directory, first.internal(), "broker");
    assertThat(second.main()).isEqualTo(first.internal());
    assertThat(second.internal()).isNotEqualTo(second.main());
  }

  @Test
  void settle_noPort_isRefused() {
    assertThatThrownBy(() -> PortBook.settle(directory, 65_536, "broker")).hasMessageContaining("[0, 65535]; got 65536");
  }
}
