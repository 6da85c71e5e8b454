package dev.assay.topology.routing;

import dev.assay.records.Prompt;
import dev.assay.schemas.RecordCodec;
import dev.assay.topology.ReadablePrompt;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Takes the text out of prompts that two models or more answer, by the prompt's id, whatever key it was written under. */
final class QuestionReader extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
  private final RecordCodec<Prompt> prompts;

  QuestionReader(RecordCodec<Prompt> prompts) {
    this.prompts = prompts;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ReadablePrompt.of(record, prompts).filter(QuestionReader::isForSeveral).ifPresent(prompt -> forward(prompt, record.timestamp()));
  }

  private static boolean isForSeveral(Prompt prompt) {
    return prompt.getModels().stream().filter(model -> !Votes.isVirtual(model)).distinct().count() >= GatheringProcessor.FEWEST_MODELS;
  }

  private void forward(Prompt prompt, long timestamp) {
    byte[] question = new Question(prompt.getRun(), prompt.getId(), QuestionText.of(prompt)).toBytes();
    context().forward(new Record<>(prompt.getId().getBytes(StandardCharsets.UTF_8), question, timestamp, new RecordHeaders()));
  }
}
