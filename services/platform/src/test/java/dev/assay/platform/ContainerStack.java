package dev.assay.platform;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.utility.DockerImageName;

/** Broker and registry in containers, with the embedded ones' settings. The images are those of {@code docker-compose.yml}. */
final class ContainerStack implements AutoCloseable {

  static final DockerImageName BROKER = DockerImageName.parse("apache/kafka:4.3.1");

  static final DockerImageName REGISTRY = DockerImageName.parse("apicurio/apicurio-registry:3.3.3");

  private static final int REGISTRY_PORT = 8080;

  /** Where a node listens and stores is the container's own business. */
  static final Set<String> ADDRESSES =
      Set.of(
          "process.roles",
          "node.id",
          "controller.quorum.voters",
          "listeners",
          "advertised.listeners",
          "listener.security.protocol.map",
          "controller.listener.names",
          "inter.broker.listener.name",
          "log.dirs");

  private final KafkaContainer broker = new KafkaContainer(BROKER);

  private final GenericContainer<?> registry =
      new GenericContainer<>(REGISTRY)
          .withExposedPorts(REGISTRY_PORT)
          .withEnv("APICURIO_RULES_GLOBAL_COMPATIBILITY", RegistryApi.BACKWARD)
          .waitingFor(Wait.forHttp(EmbeddedRegistry.API + "/config").forPort(REGISTRY_PORT));

  ContainerStack() {
    Properties settings = BrokerSettings.of(Path.of("unused"), 1, 2);
    settings.stringPropertyNames().stream()
        .filter(name -> !ADDRESSES.contains(name))
        .forEach(name -> broker.addEnv(environmentName(name), settings.getProperty(name)));
  }

  /** How the broker's image takes a setting. */
  static String environmentName(String setting) {
    return "KAFKA_" + setting.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  void start() {
    Startables.deepStart(Stream.of(broker, registry)).join();
  }

  String bootstrapServers() {
    return broker.getBootstrapServers();
  }

  String registryUrl() {
    return "http://" + registry.getHost() + ":" + registry.getMappedPort(REGISTRY_PORT) + EmbeddedRegistry.API;
  }

  @Override
  public void close() {
    registry.stop();
    broker.stop();
  }
}
