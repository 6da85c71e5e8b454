package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.records.Prompt;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Produces prompts and raw records, and knows when the broker has each. */
public final class Feeder implements AutoCloseable {

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<Prompt> codec;

  /** A feeder of one stack. */
  public Feeder(KafkaSettings settings) {
    this.producer = new KafkaProducer<>(settings.producer("bench-feeder"), new StringSerializer(), new ByteArraySerializer());
    this.codec = RecordCodec.of(Registries.connect(settings.registryUrl()), Prompt.class);
  }

  /** A prompt as its record. */
  public ProducerRecord<String, byte[]> record(Prompt prompt) {
    return new ProducerRecord<>(Topics.PROMPTS, prompt.getId(), codec.encode(Topics.PROMPTS, prompt));
  }

  /** Sends prompts and returns when the broker has confirmed all. */
  public List<RecordMetadata> feed(Collection<Prompt> prompts) {
    return send(prompts.stream().map(this::record).toList());
  }

  /** Sends records and returns where they stand when the broker has confirmed all. */
  public List<RecordMetadata> send(Collection<ProducerRecord<String, byte[]>> records) {
    List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
    producer.flush();
    List<RecordMetadata> places = new ArrayList<>(sent.size());
    try {
      for (Future<RecordMetadata> one : sent) {
        places.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker did not confirm a record", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while records were sent", e);
    }
    return places;
  }

  @Override
  public void close() {
    producer.close();
  }
}
