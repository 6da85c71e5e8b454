package dev.assay.schemas;

import dev.assay.records.Prompt;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Records of one schema in Confluent's wire format: a zero byte, the registry's id of the writer's schema (4 bytes, big endian), Avro
 * binary. Any Confluent-compatible client reads and writes the same bytes. Safe for use by many threads.
 *
 * @param <T> the generated record
 */
public final class RecordCodec<T extends SpecificRecord> implements Serde<T> {

  static {
    // Avro loads enum classes by name, of trusted packages only. Programs that are not started by our launcher get the trust here.
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(), type -> type.getPackageName().equals(Prompt.class.getPackageName())));
  }

  private static final byte MAGIC = 0;
  private static final int HEADER_BYTES = 5;
  private static final int NOT_FOUND = 404;

  /** The registry reports an unknown schema as 40403 and an unknown subject as 40401. */
  private static final int ERROR_CODE_SCALE = 100;

  private final SchemaRegistryClient registry;
  private final Schema schema;
  private final SpecificData model;
  private final DatumWriter<T> writer;
  private final Map<String, Integer> idByTopic = new ConcurrentHashMap<>();
  private final Map<Integer, DatumReader<T>> readers = new ConcurrentHashMap<>();
  private final ThreadLocal<Buffers> buffers = ThreadLocal.withInitial(Buffers::new);

  private RecordCodec(SchemaRegistryClient registry, Class<T> type) {
    this.registry = registry;
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    @SuppressWarnings("unchecked")
    DatumWriter<T> typed = (DatumWriter<T>) model.createDatumWriter(schema);
    this.writer = typed;
  }

  /** A codec for a generated record type. */
  public static <T extends SpecificRecord> RecordCodec<T> of(SchemaRegistryClient registry, Class<T> type) {
    return new RecordCodec<>(registry, type);
  }

  /**
   * Encodes a record for a topic; the schema is registered under {@code <topic>-value} when the topic is first written.
   *
   * @throws RegistryUnavailableException when the registry does not answer
   * @throws IllegalStateException when the registry refuses the schema as incompatible with the subject's earlier ones
   */
  public byte[] encode(String topic, T value) {
    int id = idByTopic.computeIfAbsent(topic, t -> Registries.register(registry, Topics.subject(t), schema));
    Buffers local = buffers.get();
    local.out.reset();
    local.out.write(MAGIC);
    local.out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
    try {
      local.encoder = EncoderFactory.get().binaryEncoder(local.out, local.encoder);
      writer.write(value, local.encoder);
      local.encoder.flush();
    } catch (IOException e) {
      throw new IllegalStateException("cannot encode a " + schema.getName() + " for topic " + topic, e);
    }
    return local.out.toByteArray();
  }

  /**
   * Decodes a record, whatever compatible schema it was written with.
   *
   * @throws UndecodableRecordException when the bytes are no such record
   * @throws RegistryUnavailableException when the registry does not answer
   */
  public T decode(byte @Nullable [] bytes) {
    if (bytes == null) {
      throw new UndecodableRecordException("got a record without a value; expected a " + schema.getName());
    }
    if (bytes.length < HEADER_BYTES || bytes[0] != MAGIC) {
      throw new UndecodableRecordException(
          "got %d bytes%s; expected a %s in Confluent's wire format: a zero byte, a 4-byte schema id, Avro binary"
              .formatted(bytes.length, bytes.length == 0 ? "" : " that begin with " + bytes[0], schema.getName()));
    }
    int id = ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
    DatumReader<T> reader = readers.computeIfAbsent(id, this::readerOf);
    Buffers local = buffers.get();
    local.decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, local.decoder);
    try {
      @SuppressWarnings("NullAway")
      T value = reader.read(null, local.decoder);
      if (!local.decoder.isEnd()) {
        throw new UndecodableRecordException("got bytes after the end of the %s of schema id %d".formatted(schema.getName(), id));
      }
      return value;
    } catch (EOFException e) {
      throw new UndecodableRecordException(
          "got %d bytes, which end in the middle of a %s of schema id %d".formatted(bytes.length, schema.getName(), id), e);
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | NegativeArraySizeException | ClassCastException e) {
      throw new UndecodableRecordException(
          "got %d bytes that are no %s of schema id %d: %s".formatted(bytes.length, schema.getName(), id, e.getMessage()), e);
    }
  }

  @Override
  public Serializer<T> serializer() {
    return (topic, value) -> value == null ? null : encode(topic, value);
  }

  @Override
  public Deserializer<T> deserializer() {
    return (topic, bytes) -> bytes == null ? null : decode(bytes);
  }

  private DatumReader<T> readerOf(int id) {
    try {
      Schema written = new Schema.Parser().parse(registry.getSchemaById(id).canonicalString());
      if (!written.getFullName().equals(schema.getFullName())) {
        throw new UndecodableRecordException(
            "got a record of schema %s (id %d); expected %s".formatted(written.getFullName(), id, schema.getFullName()));
      }
      @SuppressWarnings("unchecked")
      DatumReader<T> reader = (DatumReader<T>) model.createDatumReader(written, schema);
      return reader;
    } catch (RestClientException e) {
      if (e.getStatus() == NOT_FOUND || e.getErrorCode() / ERROR_CODE_SCALE == NOT_FOUND) {
        throw new UndecodableRecordException(
            "got schema id %d, which the registry does not know; register the schema first and use its id".formatted(id), e);
      }
      throw new RegistryUnavailableException("the registry failed on schema id " + id, e);
    } catch (IOException e) {
      throw new RegistryUnavailableException("cannot ask the registry for schema id " + id, e);
    }
  }

  /** What a thread reuses from record to record. */
  private static final class Buffers {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    private @Nullable BinaryEncoder encoder;
    private @Nullable BinaryDecoder decoder;
  }
}
