package dev.assay.gateway.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RecordJson;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.LiveTable;
import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/checkpoints}: what training jobs have announced, and a way to announce one without a Kafka client. What is announced here is
 * checked for its form, and for its place where the gateway was given roots; whether the files are there and have their hashes is checked by
 * whoever loads them.
 */
public final class CheckpointsApi implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointsApi.class);
  private static final int CONFLICT = 409;
  private static final int CREATED = 201;
  private static final int MOST_FILES = 10_000;
  private static final int BODY_BYTES = 1024 * 1024;
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,150}@[A-Za-z0-9._-]{1,80}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** Nothing that can run code is ever loaded from an event. */
  private static final Set<String> KINDS = Set.of("safetensors", "json", "txt", "jinja");

  private final LiveTable<Checkpoint> checkpoints;
  private final List<Path> roots;
  private final RecordCodec<Checkpoint> codec;
  private final KafkaProducer<byte[], byte[]> producer;

  /**
   * The API over the topic of checkpoints.
   *
   * @param roots what is announced must lie below one of these folders; empty lets it lie anywhere
   */
  public CheckpointsApi(KafkaSettings settings, SchemaRegistryClient registry, LiveTable<Checkpoint> checkpoints, List<Path> roots) {
    this.checkpoints = checkpoints;
    this.roots = roots;
    this.codec = RecordCodec.of(registry, Checkpoint.class);
    Properties producing = settings.producer("assay-gateway-checkpoints");
    producing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
    producing.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    producing.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 2 * TIMEOUT_MILLIS);
    this.producer = new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** All checkpoints, newest first. */
  public void list(Context context) {
    ArrayNode data = Json.array();
    checkpoints.rows().values().stream()
        .sorted((a, b) -> b.getCreatedAt().compareTo(a.getCreatedAt()))
        .forEach(checkpoint -> data.add(RecordJson.of(checkpoint)));
    Json.answer(context, 200, RunsApi.list(data));
  }

  /** Announces one. */
  public void announce(Context context) {
    Checkpoint checkpoint = read(new Fields(Json.body(context, BODY_BYTES)));
    Checkpoint known = checkpoints.rows().get(checkpoint.getName());
    if (known != null && !known.getFiles().equals(checkpoint.getFiles())) {
      throw Problem.of(
          CONFLICT, "checkpoint_exists", "checkpoint %s is announced already, with other files; give the new one another version".formatted(checkpoint.getName()));
    }
    try {
      byte[] value = codec.encode(Topics.CHECKPOINTS, checkpoint);
      producer.send(new ProducerRecord<>(Topics.CHECKPOINTS, checkpoint.getName().getBytes(StandardCharsets.UTF_8), value)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    } catch (ExecutionException | KafkaException | IllegalStateException e) {
      throw unavailable(e);
    }
    LOG.info("checkpoint {} is announced", checkpoint.getName());
    Json.answer(context, CREATED, RecordJson.of(checkpoint));
  }

  private static Problem unavailable(Exception e) {
    LOG.warn("A checkpoint was not announced", e);
    return Problem.later(Problem.UNAVAILABLE, "stack_unavailable", "the broker did not take the checkpoint", 5);
  }

  /** The folder as it really lies, through links, must be below a root. */
  private void requireBelowRoot(String uri) {
    if (roots.isEmpty()) {
      return;
    }
    try {
      Path real = (uri.startsWith("file:") ? Path.of(URI.create(uri)) : Path.of(uri)).toRealPath();
      for (Path root : roots) {
        if (real.startsWith(root.toRealPath())) {
          return;
        }
      }
    } catch (IOException | IllegalArgumentException | FileSystemNotFoundException e) {
      // What is not there is below no root; to say more would tell what else is on this machine.
      LOG.info("The folder of a checkpoint cannot be found: {}", e.toString());
    }
    throw Problem.invalid("uri", "uri is no folder below those that this gateway was given with --checkpoints");
  }

  private Checkpoint read(Fields fields) {
    String name = required(fields, "name", NAME, "name@version of letters, digits and . _ - /");
    String uri = fields.requiredText("uri");
    if (uri.isBlank() || CONTROL.matcher(uri).find() || Arrays.asList(uri.split("[/\\\\]")).contains("..")) {
      throw Problem.invalid("uri", "uri is no folder; expected one without '..' and control characters");
    }
    requireBelowRoot(uri);
    List<Fields> files = fields.objects("files");
    if (files.isEmpty() || files.size() > MOST_FILES) {
      throw Problem.invalid("files", "files has %d entries; expected 1 to %d".formatted(files.size(), MOST_FILES));
    }
    Checkpoint checkpoint =
        new Checkpoint(
            name,
            fields.text("base").orElse(null),
            uri,
            files.stream().map(CheckpointsApi::file).toList(),
            (long) fields.integer("step", 0, Integer.MAX_VALUE).orElse(0),
            fields.number("epoch", 0, 1e9).orElse(0),
            fields.text("job").orElse(""),
            Instant.now().truncatedTo(ChronoUnit.MILLIS),
            Map.of());
    fields.refuseOthers(Set.of("createdAt"));
    return checkpoint;
  }

  private static CheckpointFile file(Fields file) {
    String path = file.requiredText("path");
    String kind = path.substring(path.lastIndexOf('.') + 1);
    boolean inside =
        !path.startsWith("/") && !path.contains("\\") && !path.contains(":") && !CONTROL.matcher(path).find() && Arrays.stream(path.split("/", -1)).noneMatch(part -> part.isEmpty() || part.equals("..") || part.equals("."));
    if (!inside || !KINDS.contains(kind)) {
      throw Problem.invalid(
          file.at("path"), "%s is not a path below the folder to a file of %s".formatted(file.at("path"), KINDS.stream().sorted().toList()));
    }
    String sha256 = required(file, "sha256", SHA256, "64 hex digits in lower case");
    long bytes = file.longInteger("bytes").orElseThrow(() -> file.missing("bytes", "the file's size"));
    if (bytes < 0) {
      throw Problem.invalid(file.at("bytes"), "%s is %d; expected 0 or more".formatted(file.at("bytes"), bytes));
    }
    file.refuseOthers(Set.of());
    return new CheckpointFile(path, sha256, bytes);
  }

  private static String required(Fields fields, String name, Pattern pattern, String expected) {
    String text = fields.requiredText(name);
    if (!pattern.matcher(text).matches()) {
      throw Problem.invalid(fields.at(name), "%s is not %s".formatted(fields.at(name), expected));
    }
    return text;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(1));
  }
}
