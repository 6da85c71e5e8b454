package dev.assay.topology.tables;

import dev.assay.records.Prompt;
import dev.assay.schemas.RecordCodec;
import dev.assay.topology.Arrival;
import dev.assay.topology.ReadablePrompt;
import dev.assay.topology.Subject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Tells which models a prompt is for. A prompt that cannot be read is left to the dead letter that the intake writes for it. */
final class PromptReader extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
  private final RecordCodec<Prompt> prompts;
  private final List<String> defaultModels;

  PromptReader(RecordCodec<Prompt> prompts, List<String> defaultModels) {
    this.prompts = prompts;
    this.defaultModels = defaultModels;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ReadablePrompt.of(record, prompts).ifPresent(prompt -> forward(prompt, record));
  }

  private void forward(Prompt prompt, Record<byte[], byte[]> record) {
    List<String> models = prompt.getModels().isEmpty() ? defaultModels : prompt.getModels();
    Event asked = Event.asked(Subject.of(prompt), Arrival.of(record, context()).where(), models);
    context().forward(new Record<>(asked.prompt().getBytes(StandardCharsets.UTF_8), asked.toBytes(), record.timestamp(), new RecordHeaders()));
  }
}
