package dev.assay.topology;

import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** A stage under Kafka's test driver, with the bytes that a broker would see on both its sides. */
public final class Stage implements AutoCloseable {
  public static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final TopologyTestDriver driver;
  private final SchemaRegistryClient registry;

  public Stage(Topology topology, SchemaRegistryClient registry) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "stage");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
    config.put(StreamsConfig.STATE_DIR_CONFIG, temporaryFolder());
    this.driver = new TopologyTestDriver(topology, config, START);
    this.registry = registry;
  }

  public <T extends SpecificRecord> void send(String topic, String key, T value) {
    @SuppressWarnings("unchecked")
    RecordCodec<T> codec = RecordCodec.of(registry, (Class<T>) value.getClass());
    send(topic, key, codec.encode(topic, value));
  }

  public void send(String topic, String key, byte[] value) {
    send(topic, new TestRecord<>(key.getBytes(StandardCharsets.UTF_8), value, START));
  }

  public void send(String topic, TestRecord<byte[], byte[]> sent) {
    driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer()).pipeInput(sent);
  }

  public void pass(Duration time) {
    driver.advanceWallClockTime(time);
  }

  public List<TestRecord<byte[], byte[]>> read(String topic) {
    return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer()).readRecordsToList();
  }

  public <T extends SpecificRecord> List<T> read(String topic, Class<T> type) {
    RecordCodec<T> codec = RecordCodec.of(registry, type);
    return read(topic).stream().map(got -> codec.decode(got.value())).toList();
  }

  public List<DeadLetter> deadLetters() {
    return read(Topics.DEAD_LETTERS).stream().map(got -> DeadLetter.read(got.headers())).toList();
  }

  /** The sum of a metric over all processors that have it. */
  public double metric(String group, String name) {
    return driver.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().group().equals(group) && entry.getKey().name().equals(name))
        .mapToDouble(entry -> (double) entry.getValue().metricValue())
        .sum();
  }

  @Override
  public void close() {
    driver.close();
  }

  /** A folder for the state of one stage, where a clean build removes it. */
  public static String temporaryFolder() {
    try {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target", "stages")), "stage").toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
