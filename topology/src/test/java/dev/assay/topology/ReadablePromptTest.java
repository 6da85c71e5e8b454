package dev.assay.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Prompt;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;

final class ReadablePromptTest {

  private final RecordCodec<Prompt> codec = RecordCodec.of(new MockSchemaRegistryClient(), Prompt.class);

  private static Record<byte[], byte[]> record(byte[] value) {
    return new Record<>(new byte[0], value, 0, new RecordHeaders());
  }

  private byte[] encoded(int characters) {
    return codec.encode(Topics.PROMPTS, Records.prompt(Records.choice().setQuestion("a".repeat(characters)).build()).build());
  }

  @Test
  void prompt_isRead_upToTheSizeThatEveryTopicTakes() {
    assertThat(ReadablePrompt.of(record(encoded(900_000)), codec)).isPresent();
    assertThat(ReadablePrompt.of(record(encoded(Arrival.LARGEST_VALUE)), codec)).isEmpty();
  }

  @Test
  void whatIsNoPrompt_orWasCountedByAReplay_isLeftAlone() {
    assertThat(ReadablePrompt.of(record("no record".getBytes(StandardCharsets.UTF_8)), codec)).isEmpty();
    assertThat(ReadablePrompt.of(record(null), codec)).isEmpty();
    Record<byte[], byte[]> counted = record(encoded(1));
    CountedMark.write(counted.headers(), "again");
    assertThat(ReadablePrompt.of(counted, codec)).isEmpty();
  }
}
