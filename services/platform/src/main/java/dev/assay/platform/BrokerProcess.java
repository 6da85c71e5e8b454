package dev.assay.platform;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;

/** Main class of the embedded broker's JVM: formats the log directory when it is new, then serves until it is told to end. */
public final class BrokerProcess {

  /** Logging of the broker's JVM: warnings only, to standard output. */
  static final String LOGGING = "dev/assay/platform/broker-logback.xml";

  private BrokerProcess() {}

  /**
   * Serves until the JVM is shut down.
   *
   * @param args the path of a broker properties file with one {@code log.dirs}
   * @throws Exception if the file cannot be read, the directory cannot be formatted or the broker cannot start
   */
  public static void main(String[] args) throws Exception {
    OfflineLeaders.mend();
    Properties properties = read(Path.of(args[0]));
    formatWhenNew(Path.of(properties.getProperty("log.dirs")));
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("broker-shutdown").unstarted(server::shutdown));
    server.startup();
    server.awaitShutdown();
  }

  private static Properties read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  private static void formatWhenNew(Path logDirectory) throws Exception {
    if (Files.exists(logDirectory.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME))) {
      return;
    }
    Files.createDirectories(logDirectory);
    new Formatter()
        .setPrintStream(System.out)
        .setNodeId(BrokerSettings.NODE_ID)
        .setClusterId(Uuid.randomUuid().toString())
        .setControllerListenerName(BrokerSettings.CONTROLLER_LISTENER)
        .setMetadataLogDirectory(logDirectory.toString())
        .addDirectory(logDirectory.toString())
        .run();
  }
}
