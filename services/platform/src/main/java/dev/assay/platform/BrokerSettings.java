package dev.assay.platform;

import java.nio.file.Path;
import java.util.Properties;

/**
 * Settings of the embedded broker: one KRaft node, broker and controller at once, on the loopback interface, tuned for a machine of
 * two cores that holds everything else as well.
 */
final class BrokerSettings {

  static final int NODE_ID = 1;

  static final String CONTROLLER_LISTENER = "CONTROLLER";

  private static final String BROKER_LISTENER = "BROKER";

  /** Largest record batch: a few-shot prompt with an article or an answer with all its votes stays far below. */
  static final int MAX_BATCH_BYTES = 8 * 1024 * 1024;

  private BrokerSettings() {}

  static Properties of(Path logDirectory, int port, int controllerPort) {
    Properties settings = new Properties();
    address(settings, logDirectory, port, controllerPort);
    singleNode(settings);
    groups(settings);
    smallMachine(settings);
    return settings;
  }

  private static void address(Properties settings, Path logDirectory, int port, int controllerPort) {
    String broker = BROKER_LISTENER + "://" + Ports.HOST + ":" + port;
    String controller = CONTROLLER_LISTENER + "://" + Ports.HOST + ":" + controllerPort;
    settings.setProperty("process.roles", "broker,controller");
    settings.setProperty("node.id", Integer.toString(NODE_ID));
    settings.setProperty("controller.quorum.voters", NODE_ID + "@" + Ports.HOST + ":" + controllerPort);
    settings.setProperty("listeners", broker + "," + controller);
    settings.setProperty("advertised.listeners", broker);
    settings.setProperty("listener.security.protocol.map", BROKER_LISTENER + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
    settings.setProperty("controller.listener.names", CONTROLLER_LISTENER);
    settings.setProperty("inter.broker.listener.name", BROKER_LISTENER);
    settings.setProperty("log.dirs", logDirectory.toString());
  }

  private static void singleNode(Properties settings) {
    settings.setProperty("default.replication.factor", "1");
    settings.setProperty("min.insync.replicas", "1");
    settings.setProperty("offsets.topic.replication.factor", "1");
    settings.setProperty("offsets.topic.num.partitions", "4");
    settings.setProperty("transaction.state.log.replication.factor", "1");
    settings.setProperty("transaction.state.log.min.isr", "1");
    settings.setProperty("transaction.state.log.num.partitions", "4");
    settings.setProperty("share.coordinator.state.topic.replication.factor", "1");
    settings.setProperty("share.coordinator.state.topic.min.isr", "1");
    settings.setProperty("share.coordinator.state.topic.num.partitions", "2");
    settings.setProperty("auto.create.topics.enable", "false");
    // The log is what is replayed: what no topic limits is kept.
    settings.setProperty("log.retention.ms", "-1");
    settings.setProperty("message.max.bytes", Integer.toString(MAX_BATCH_BYTES));
  }

  private static void groups(Properties settings) {
    settings.setProperty("group.initial.rebalance.delay.ms", "0");
    settings.setProperty("group.min.session.timeout.ms", "1000");
    for (String kind : new String[] {"share", "streams", "consumer"}) {
      settings.setProperty("group." + kind + ".heartbeat.interval.ms", "500");
      settings.setProperty("group." + kind + ".min.heartbeat.interval.ms", "500");
      settings.setProperty("group." + kind + ".assignment.interval.ms", "0");
      // A killed member holds its partitions until its session ends; 45 s by default.
      settings.setProperty("group." + kind + ".session.timeout.ms", "10000");
      settings.setProperty("group." + kind + ".min.session.timeout.ms", "5000");
    }
    settings.setProperty("group.share.min.record.lock.duration.ms", "1000");
    settings.setProperty("group.share.max.record.lock.duration.ms", "600000");
    // The broker drops a record that has been delivered this often and says nothing; 10 is its highest setting.
    settings.setProperty("group.share.delivery.count.limit", "10");
    // A killed Streams service leaves transactions open, and readers of committed records wait for their end.
    settings.setProperty("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    // A transaction's first record waits for the markers of the last one, and the broker looks again after 20 ms by default.
    settings.setProperty("add.partitions.to.txn.retry.backoff.ms", "1");
  }

  private static void smallMachine(Properties settings) {
    settings.setProperty("num.network.threads", "2");
    settings.setProperty("num.io.threads", "4");
    settings.setProperty("background.threads", "2");
    settings.setProperty("num.recovery.threads.per.data.dir", "2");
    settings.setProperty("log.cleaner.dedupe.buffer.size", "16777216");
    settings.setProperty("log.cleaner.backoff.ms", "5000");
  }
}
