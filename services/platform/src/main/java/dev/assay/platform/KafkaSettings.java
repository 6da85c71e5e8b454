package dev.assay.platform;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Where broker and registry are, and the settings of every Kafka client of Assay. Serializers are the caller's: pass them to the
 * client's constructor.
 *
 * @param bootstrapServers {@code host:port}, several separated by commas
 * @param registryUrl base of a Confluent-compatible schema registry API
 * @param stateDirectory where Streams services keep their local state; not under the system's temporary folder, which may be emptied
 */
public record KafkaSettings(String bootstrapServers, String registryUrl, Path stateDirectory) {

  private static final int REQUEST_TIMEOUT_MILLIS = 10_000;

  /** What an administrative question may take altogether: a broker that is killed and restarted is back by then. */
  private static final int ADMIN_TIMEOUT_MILLIS = 20_000;

  /** Long enough to fill batches under load, short beside the commit interval. */
  private static final int LINGER_MILLIS = 5;

  private static final int BATCH_BYTES = 64 * 1024;

  /** As Streams sets it: an open transaction of a killed process holds up all readers of committed records that long. */
  private static final int TRANSACTION_TIMEOUT_MILLIS = 10_000;

  /** Longer than any commit takes: nothing but a commit, or a full batch, sends a stage's records. */
  private static final int COMMIT_FLUSHES_MILLIS = 1_000;

  /** A transaction that begins before the markers of the last one are written is refused for a moment; the wait doubles up to a second. */
  private static final int FIRST_RETRY_MILLIS = 2;

  private static final long LONGEST_POLL_MILLIS = 5;

  /** The least that a broker accepts by default; a killed Streams service is replaced after that time. */
  private static final int SESSION_TIMEOUT_MILLIS = 6_000;

  private static final int HEARTBEAT_MILLIS = 1_500;

  /** Refuses empty addresses. */
  public KafkaSettings {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException("bootstrapServers must be host:port[,host:port…]; got nothing");
    }
    if (registryUrl.isBlank()) {
      throw new IllegalArgumentException("registryUrl must be the base of a schema registry API; got nothing");
    }
  }

  /** Settings of an admin client. */
  public Properties admin(String clientId) {
    Properties settings = client(clientId);
    settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
    settings.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, ADMIN_TIMEOUT_MILLIS);
    return settings;
  }

  /** Settings of an idempotent producer: every record is written once and acknowledged by all replicas. */
  public Properties producer(String clientId) {
    Properties settings = client(clientId);
    producing("", settings);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    Tracing.onProducer(settings);
    return settings;
  }

  /** Settings of a transactional producer; a second one with the same id ends the first. */
  public Properties transactionalProducer(String clientId, String transactionalId) {
    Properties settings = producer(clientId);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
    return settings;
  }

  /** Settings of a consumer of committed records that starts at the earliest and commits only what it is told to. */
  public Properties consumer(String groupId, String clientId) {
    Properties settings = reader(clientId);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    return settings;
  }

  /** Settings of a consumer of committed records without a group: it assigns its partitions itself and remembers nothing. */
  public Properties reader(String clientId) {
    Properties settings = client(clientId);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    return settings;
  }

  /**
   * Settings of a share-group consumer that acknowledges each record explicitly. What the group reads is set on the broker: {@link
   * Stack#shareGroup}.
   */
  public Properties shareConsumer(String groupId, String clientId) {
    Properties settings = client(clientId);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    settings.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    return settings;
  }

  /**
   * Settings of a Streams service, exactly once.
   *
   * @param applicationId the service, shared by its instances; names its group, its internal topics and its state folder
   * @param clientId the instance; instances on one machine need different ones, since each has its own state folder
   * @param commitInterval how long a result waits at most before readers of committed records see it; 20 to 100 ms
   * @param threads stream threads of this instance, 1 or more
   */
  public Properties streams(String applicationId, String clientId, Duration commitInterval, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be > 0; got " + threads);
    }
    Properties settings = client(clientId);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitInterval.toMillis());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.resolve(clientId).toString());
    producing(StreamsConfig.PRODUCER_PREFIX, settings);
    // A thread looks whether a commit or a tick is due when it is back from waiting for records.
    settings.put(StreamsConfig.POLL_MS_CONFIG, Math.clamp(commitInterval.toMillis() / 4, 1, LONGEST_POLL_MILLIS));
    // Readers see nothing before the commit, which flushes. Sending earlier costs more requests, and the broker refuses and has repeated a
    // transaction's second batch for a partition when it comes while the first is still being verified.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), COMMIT_FLUSHES_MILLIS);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), FIRST_RETRY_MILLIS);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_TIMEOUT_MILLIS);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MILLIS);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), HEARTBEAT_MILLIS);
    Tracing.onStreams(settings);
    return settings;
  }

  private Properties client(String clientId) {
    Properties settings = new Properties();
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    // Assay has its own meters, and the client would ask a broker that may not know the question.
    settings.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
    return settings;
  }

  private static void producing(String prefix, Properties settings) {
    settings.put(prefix + ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(prefix + ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
    settings.put(prefix + ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    settings.put(prefix + ProducerConfig.MAX_REQUEST_SIZE_CONFIG, BrokerSettings.MAX_BATCH_BYTES);
  }
}
