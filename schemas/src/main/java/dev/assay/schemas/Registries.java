package dev.assay.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/** Connections to a Confluent-compatible schema registry. */
public final class Registries {

  private static final int SCHEMAS_CACHED_PER_SUBJECT = 100;

  /** What a registry says of an incompatible schema; and Apicurio, when two register the first schema of a subject at the same moment. */
  private static final int CONFLICT = 409;

  private static final int ATTEMPTS = 3;

  private Registries() {}

  /**
   * A caching client.
   *
   * @param url the base of the Confluent API, such as {@code http://127.0.0.1:8081/apis/ccompat/v7}
   */
  public static SchemaRegistryClient connect(String url) {
    return new CachedSchemaRegistryClient(List.of(url), SCHEMAS_CACHED_PER_SUBJECT, Map.of());
  }

  /**
   * Registers the value schema of every topic of the catalogue, so that a producer in any language finds the contract under
   * {@code <topic>-value} before the first record is written.
   *
   * @throws IllegalStateException when the registry refuses a schema
   * @throws RegistryUnavailableException when the registry does not answer
   */
  public static void registerSchemas(SchemaRegistryClient registry) {
    Topics.valueSchemas().forEach((topic, schema) -> register(registry, Topics.subject(topic), schema));
  }

  /**
   * Registers a schema in which records of a topic were written elsewhere; gives its id here.
   *
   * @throws IllegalStateException when the registry refuses it as incompatible
   * @throws RegistryUnavailableException when the registry does not answer
   */
  public static int register(SchemaRegistryClient registry, String topic, String schema) {
    return register(registry, Topics.subject(topic), new Schema.Parser().parse(schema));
  }

  static int register(SchemaRegistryClient registry, String subject, Schema schema) {
    try {
      return insist(registry, subject, new AvroSchema(schema));
    } catch (RestClientException e) {
      throw new IllegalStateException(
          "the schema registry refuses %s under subject %s: %s; an incompatible schema needs a new topic"
              .formatted(schema.getFullName(), subject, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new RegistryUnavailableException("cannot register " + schema.getFullName() + " under " + subject, e);
    }
  }

  /** Asks again after a conflict: who came second finds the schema that was first; an incompatible one is refused again. */
  private static int insist(SchemaRegistryClient registry, String subject, AvroSchema schema) throws IOException, RestClientException {
    for (int attempt = 1; ; attempt++) {
      try {
        return registry.register(subject, schema);
      } catch (RestClientException e) {
        if (e.getStatus() != CONFLICT || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }
}
