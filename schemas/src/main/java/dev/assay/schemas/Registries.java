package dev.assay.schemas;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.List;
import java.util.Map;

/** Connections to a Confluent-compatible schema registry. */
public final class Registries {

  private static final int SCHEMAS_CACHED_PER_SUBJECT = 100;

  private Registries() {}

  /**
   * A caching client.
   *
   * @param url the base of the Confluent API, such as {@code http://127.0.0.1:8081/apis/ccompat/v7}
   */
  public static SchemaRegistryClient connect(String url) {
    return new CachedSchemaRegistryClient(List.of(url), SCHEMAS_CACHED_PER_SUBJECT, Map.of());
  }
}
