package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class RegistryIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private final SchemaRegistryClient client = Registries.connect(STACK.settings().registryUrl());

  @Test
  void globalCompatibility_isBackward() throws Exception {
    assertThat(client.getCompatibility(null)).isEqualTo("BACKWARD");
  }

  @Test
  void contracts_acceptAnOptionalFieldAndRefuseARequiredOne() throws Exception {
    for (Map.Entry<String, Schema> contract : Topics.valueSchemas().entrySet()) {
      String subject = "evolution." + Topics.subject(contract.getKey());
      Schema schema = contract.getValue();
      int id = client.register(subject, new AvroSchema(schema));
      assertThat(client.getSchemaById(id).canonicalString()).isEqualTo(new AvroSchema(schema).canonicalString());

      AvroSchema optional = with(schema, new Schema.Field("laterField", Schema.create(Schema.Type.INT), "Added later.", 0));
      assertThat(client.testCompatibility(subject, optional)).as(subject).isTrue();

      AvroSchema required = with(schema, new Schema.Field("laterField", Schema.create(Schema.Type.INT), "Added later.", null));
      assertThat(client.testCompatibility(subject, required)).as(subject).isFalse();
      assertThatThrownBy(() -> client.register(subject, required))
          .isInstanceOfSatisfying(RestClientException.class, e -> assertThat(e.getStatus()).isEqualTo(409));
    }
  }

  private static AvroSchema with(Schema record, Schema.Field added) {
    List<Schema.Field> fields = new ArrayList<>();
    record.getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
    fields.add(added);
    return new AvroSchema(Schema.createRecord(record.getName(), record.getDoc(), record.getNamespace(), false, fields));
  }
}
