package dev.assay.platform;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;

/** Whether a Docker engine answers. Testcontainers' own search is asked only when something listens: without one it takes seconds and prints errors. */
final class DockerEngine {

  private static final int CONNECT_MILLIS = 1000;

  private DockerEngine() {}

  static boolean answers() {
    return somethingListens() && DockerClientFactory.instance().isDockerAvailable();
  }

  private static boolean somethingListens() {
    String host = System.getenv("DOCKER_HOST");
    if (host == null) {
      return sockets().anyMatch(DockerEngine::connects);
    }
    URI engine = URI.create(host);
    return "unix".equals(engine.getScheme()) ? connects(Path.of(engine.getPath())) : connects(engine.getHost(), engine.getPort());
  }

  private static Stream<Path> sockets() {
    return Stream.concat(
        Stream.of(
            Path.of("/var/run/docker.sock"), Path.of(System.getProperty("user.home"), ".docker", "run", "docker.sock")),
        Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).map(folder -> Path.of(folder, "docker.sock")).stream());
  }

  private static boolean connects(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean connects(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
