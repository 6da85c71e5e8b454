package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Envelope;
import dev.assay.records.Interactive;
import dev.assay.records.Model;
import dev.assay.records.Reply;
import dev.assay.records.Request;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.TextGold;
import dev.assay.records.Truncation;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks workers and hears their replies. A request goes straight to the topic of its model, as the intake's do, and says which partition of
 * {@code assay.replies} this gateway reads; gateways that read the same partition pass over each other's.
 */
public final class Exchange implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEFORE_THE_NEXT_TRY = Duration.ofSeconds(1);

  /** A request that has not reached the broker by then is not sent: its client is told, and may ask again. */
  private static final int DELIVERY_MILLIS = 10_000;

  private static final int MOST_BLOCKING_MILLIS = 2_000;

  private final KafkaSettings settings;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Reply> replies;
  private final String instance;
  private final Limits limits;
  private final Admission admission;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<String, Pending> pending = new ConcurrentHashMap<>();
  private final TopicPartition place;
  private final Thread thread;
  private volatile boolean listening;
  private volatile boolean closed;

  /**
   * Begins to listen.
   *
   * @param instance what this gateway calls itself
   */
  public Exchange(KafkaSettings settings, SchemaRegistryClient registry, String instance, Limits limits) {
    this.settings = settings;
    this.requests = RecordCodec.of(registry, Request.class);
    this.replies = RecordCodec.of(registry, Reply.class);
    this.instance = instance;
    this.limits = limits;
    this.admission = new Admission(limits);
    Properties producing = settings.producer("assay-gateway-" + instance);
    producing.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    producing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MOST_BLOCKING_MILLIS);
    producing.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, DELIVERY_MILLIS);
    producing.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MILLIS);
    this.producer = new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer());
    this.place = new TopicPartition(Topics.REPLIES, Math.floorMod(instance.hashCode(), partitions()));
    this.thread = Thread.ofPlatform().name("assay-gateway-replies").daemon().unstarted(this::listen);
    thread.start();
  }

  /** Whether replies are heard. */
  public boolean listening() {
    return listening;
  }

  /** How many requests are open. */
  public int open() {
    return pending.size();
  }

  /** What this gateway lets in. */
  public Limits limits() {
    return limits;
  }

  /**
   * Asks a model for several things at once.
   *
   * @param requestId the client's request, for logs
   * @param asks what {@link Interactive} holds, one a prompt
   * @throws Problem when there is no room, or the broker does not take them
   */
  public Asked ask(Model model, String requestId, List<?> asks) {
    if (!listening) {
      throw unavailable("the gateway does not hear replies: the broker does not answer");
    }
    Admission.Place entered = admission.enter(model.getName(), asks.size());
    Asked asked = new Asked(entered, this::forget, Instant.now().plus(limits.timeout()));
    try {
      for (Object ask : asks) {
        send(model, "%s/%s".formatted(requestId, UUID.randomUUID()), ask, asked);
      }
      return asked;
    } catch (RuntimeException e) {
      asked.close();
      throw e;
    }
  }

  private void send(Model model, String id, Object ask, Asked asked) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Envelope envelope =
        new Envelope(
            "", id, "interactive", TaskType.OTHER, Skill.OTHER, "gateway " + instance, -1, -1L, now, new TextGold(List.of(), List.of()), List.of(), null, null);
    Interactive work = new Interactive(place.partition(), instance, asked.until().truncatedTo(ChronoUnit.MILLIS), ask);
    Request request = new Request(id, model.getName(), envelope, "", work, now, Truncation.REFUSE);
    Pending one = asked.add(id);
    pending.put(id, one);
    try {
      byte[] value = requests.encode(model.getTopic(), request);
      var _ =
          producer.send(
              new ProducerRecord<>(model.getTopic(), id.getBytes(StandardCharsets.UTF_8), value),
              (_, failure) -> {
                if (failure != null) {
                  LOG.warn("The broker did not take request {}: {}", id, failure.toString());
                  one.fail(unavailable("the broker did not take the request: " + failure.getMessage()));
                }
              });
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("Request {} cannot be sent: {}", id, e.toString());
      throw unavailable("the request cannot be sent: " + e.getMessage());
    }
  }

  private static Problem unavailable(String message) {
    return Problem.later(Problem.UNAVAILABLE, "stack_unavailable", message, 5);
  }

  /** Forgets a request, and tells the workers so when its last reply has not come: they need not go on. */
  private void forget(Pending one, boolean answered) {
    pending.remove(one.id());
    if (!answered && !closed) {
      try {
        var _ = producer.send(new ProducerRecord<>(Topics.CANCELLATIONS, one.id().getBytes(StandardCharsets.UTF_8), null));
      } catch (KafkaException | IllegalStateException e) {
        LOG.warn("The workers go on with {}, which nobody waits for: {}", one.id(), e.toString());
      }
    }
  }

  private int partitions() {
    return Topics.all().stream().filter(spec -> spec.name().equals(Topics.REPLIES)).findFirst().orElseThrow().partitions();
  }

  private void listen() {
    while (!closed) {
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(
              settings.reader("assay-gateway-" + instance), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        consumer.assign(List.of(place));
        consumer.seekToEnd(List.of(place));
        // The place is settled before the first request is sent, so that no reply can lie before it.
        consumer.position(place);
        listening = true;
        while (!closed) {
          consumer.poll(LOOK).forEach(this::hear);
        }
      } catch (KafkaException e) {
        listening = false;
        if (!closed) {
          LOG.warn("Replies cannot be heard until the next try: {}", e.toString());
          giveUpOpen();
          pause();
        }
      }
    }
  }

  private void hear(ConsumerRecord<byte[], byte[]> found) {
    if (found.key() == null) {
      return;
    }
    Pending one = pending.get(new String(found.key(), StandardCharsets.UTF_8));
    if (one == null) {
      // Another gateway's, or one that nobody waits for any more.
      return;
    }
    try {
      one.hear(replies.decode(found.value()));
    } catch (UndecodableRecordException | IllegalStateException | KafkaException e) {
      LOG.warn("{}/{}/{} is no reply: {}", found.topic(), found.partition(), found.offset(), e.getMessage());
    }
  }

  private void giveUpOpen() {
    new ArrayList<>(pending.values()).forEach(one -> one.fail(unavailable("the broker went away before the reply came")));
  }

  private void pause() {
    try {
      Thread.sleep(BEFORE_THE_NEXT_TRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(LOOK.multipliedBy(4));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    new ArrayList<>(pending.values()).forEach(one -> one.fail(unavailable("the gateway ends")));
    producer.close(Duration.ofSeconds(1));
  }
}
