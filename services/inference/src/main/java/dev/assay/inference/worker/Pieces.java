package dev.assay.inference.worker;

import dev.assay.inference.worker.Answering.Queued;
import dev.assay.records.Interactive;
import dev.assay.records.Piece;
import dev.assay.records.Reply;
import dev.assay.records.Request;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends parts of growing texts to the gateways that wait for them, without waiting for the broker: the answer at the end holds the whole
 * text, so a part that is lost only comes late. For one thread.
 */
final class Pieces implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Pieces.class);

  /** What has not been sent by then is no news any more. */
  private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(5);

  /** The model must not wait for parts to be sent. */
  private static final Duration MOST_BLOCKING = Duration.ofMillis(100);

  private final Map<String, Object> config;
  private final RecordCodec<Reply> replies;
  private final String workerId;
  private @Nullable KafkaProducer<byte[], byte[]> producer;

  Pieces(Map<String, Object> kafka, RecordCodec<Reply> replies, String workerId) {
    this.config = new LinkedHashMap<>(kafka);
    config.put(ProducerConfig.CLIENT_ID_CONFIG, workerId + "-pieces");
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(DELIVERY_TIMEOUT.toMillis()));
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(DELIVERY_TIMEOUT.toMillis()));
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MOST_BLOCKING.toMillis());
    this.replies = replies;
    this.workerId = workerId;
  }

  /** Sends a part of the text that a request asks for. */
  void send(Queued queued, Piece piece) {
    Request request = queued.request();
    if (!(request.getWork() instanceof Interactive interactive)) {
      return;
    }
    try {
      Reply reply = new Reply(request.getId(), queued.card().name(), queued.card().checkpoint(), workerId, piece, 0L, 0L, 0L);
      byte[] value = replies.encode(Topics.REPLIES, reply);
      if (producer == null) {
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
      }
      var _ =
          producer.send(
              new ProducerRecord<>(
                  Topics.REPLIES, interactive.getPartition(), request.getId().getBytes(StandardCharsets.UTF_8), value));
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("A part of the answer to {} was not sent; the answer at the end has it: {}", request.getId(), e.toString());
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(MOST_BLOCKING);
    }
  }
}
