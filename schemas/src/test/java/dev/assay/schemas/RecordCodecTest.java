package dev.assay.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class RecordCodecTest {

  private final SchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final RecordCodec<Prompt> codec = RecordCodec.of(registry, Prompt.class);

  @Test
  void decode_whatWasEncoded_givesTheSamePrompt() {
    Prompt prompt = prompt("p1");
    assertThat(codec.decode(codec.encode(Topics.PROMPTS, prompt))).isEqualTo(prompt);
  }

  @Test
  void encode_writesConfluentsHeaderWithTheRegisteredId() throws Exception {
    byte[] bytes = codec.encode(Topics.PROMPTS, prompt("p1"));
    int id = registry.getId("assay.prompts-value", new AvroSchema(Prompt.getClassSchema()));
    assertThat(bytes[0]).isZero();
    assertThat(ByteBuffer.wrap(bytes, 1, 4).getInt()).isEqualTo(id);
  }

  @Test
  void encode_whenAnotherRegistersAtTheSameMoment_asksAgain() {
    AtomicInteger asked = new AtomicInteger();
    SchemaRegistryClient raced =
        new MockSchemaRegistryClient() {
          @Override
          public int register(String subject, ParsedSchema schema) throws IOException, RestClientException {
            if (asked.incrementAndGet() == 1) {
              throw new RestClientException("An artifact with ID '" + subject + "' in group 'null' already exists.", 409, 409);
            }
            return super.register(subject, schema);
          }
        };

    byte[] bytes = RecordCodec.of(raced, Prompt.class).encode(Topics.PROMPTS, prompt("p1"));

    assertThat(RecordCodec.of(raced, Prompt.class).decode(bytes)).isEqualTo(prompt("p1"));
    assertThat(asked).hasValueGreaterThan(1);
  }

  @Test
  void decode_anOlderSchemaWithoutALaterField_fillsItsDefault() throws Exception {
    Schema older = withoutField(Prompt.getClassSchema(), "source");
    int id = registry.register("assay.prompts-value", new AvroSchema(older));
    byte[] current = codec.encode(Topics.PROMPTS, prompt("p1"));
    // The last field of the current schema is an empty string, one zero byte: without it, the bytes are of the older schema.
    byte[] old = Arrays.copyOf(current, current.length - 1);
    ByteBuffer.wrap(old, 1, 4).putInt(id);
    assertThat(codec.decode(old)).isEqualTo(prompt("p1"));
  }

  @Test
  void decode_bytesThatAreNoAvro_saysWhatItGotAndExpected() {
    assertThatThrownBy(() -> codec.decode("hello".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("got 5 bytes that begin with 104")
        .hasMessageContaining("expected a Prompt in Confluent's wire format");
    assertThatThrownBy(() -> codec.decode(null)).isInstanceOf(UndecodableRecordException.class);
    assertThatThrownBy(() -> codec.decode(new byte[0])).isInstanceOf(UndecodableRecordException.class);
  }

  @Test
  void decode_cutBytes_areRefusedAtEveryLength() {
    byte[] whole = codec.encode(Topics.PROMPTS, prompt("p1"));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> codec.decode(cut)).as("%d bytes", length).isInstanceOf(UndecodableRecordException.class);
    }
    assertThatThrownBy(() -> codec.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("after the end");
  }

  @Test
  void decode_anotherRecordType_namesBoth() {
    byte[] run =
        RecordCodec.of(registry, Run.class)
            .encode(
                Topics.RUNS,
                Run.newBuilder()
                    .setName("r")
                    .setCreatedAt(Instant.EPOCH)
                    .setState(RunState.RUNNING)
                    .setModels(List.of())
                    .setTasks(List.of())
                    .setExpected(0)
                    .build());
    assertThatThrownBy(() -> codec.decode(run))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageContaining("dev.assay.records.Run")
        .hasMessageContaining("expected dev.assay.records.Prompt");
  }

  @Test
  void topics_requests_keepsNamesApartThatLookAlikeAsTopics() {
    assertThat(Topics.requests("smollm2-135m")).isEqualTo("assay.requests.smollm2-135m");
    assertThat(Topics.requests("a:b")).isNotEqualTo(Topics.requests("a/b")).matches("assay\\.requests\\.a_b-[0-9a-f]{8}");
    assertThat(Topics.requests("x".repeat(400))).hasSizeLessThanOrEqualTo(249);
  }

  private static Prompt prompt(String id) {
    return Prompt.newBuilder()
        .setId(id)
        .setAsk(
            Choice.newBuilder().setQuestion("Which is even?").setOptions(List.of("1", "2")).setGold(List.of(1)).build())
        .build();
  }

  private static Schema withoutField(Schema schema, String name) {
    return Schema.createRecord(
        schema.getName(),
        null,
        schema.getNamespace(),
        false,
        schema.getFields().stream().filter(f -> !f.name().equals(name)).map(f -> new Schema.Field(f, f.schema())).toList());
  }

  @Test
  void generation_hasTheDocumentedDefaults() {
    Generation generation = Generation.newBuilder().setInput("Q").setReferences(List.of("A")).build();
    assertThat(generation.getMetrics()).containsExactly("exact_match");
    assertThat(generation.getMaxTokens()).isEqualTo(64);
    assertThat(generation.getTopP()).isEqualTo(1.0);
  }
}
