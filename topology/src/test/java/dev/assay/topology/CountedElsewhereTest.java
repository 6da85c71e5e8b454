package dev.assay.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Answer;
import dev.assay.records.Prompt;
import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.ballot.Ballot;
import dev.assay.topology.intake.Intake;
import dev.assay.topology.tables.Tables;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

/** What a replay or an import has counted is counted by nobody else. */
class CountedElsewhereTest {
  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final Prompt prompt = Records.prompt(Records.choice().build()).build();

  private <T extends SpecificRecord> TestRecord<byte[], byte[]> record(String topic, T value, boolean marked) {
    @SuppressWarnings("unchecked")
    RecordCodec<T> codec = RecordCodec.of(registry, (Class<T>) value.getClass());
    Headers headers = new RecordHeaders();
    if (marked) {
      CountedMark.write(headers, "again");
    }
    return new TestRecord<>("p1".getBytes(StandardCharsets.UTF_8), codec.encode(topic, value), headers, Stage.START);
  }

  @Test
  void intake_asksNobodyOfAMarkedPrompt() {
    try (Stage intake = new Stage(new Intake(registry, List.of()).topology(), registry)) {
      intake.send(Topics.MODELS, "m1", Records.model("m1"));
      intake.send(Topics.PROMPTS, record(Topics.PROMPTS, prompt, true));
      assertThat(intake.read(Topics.requests("m1"))).isEmpty();
      intake.send(Topics.PROMPTS, record(Topics.PROMPTS, prompt, false));
      assertThat(intake.read(Topics.requests("m1"))).hasSize(1);
    }
  }

  @Test
  void ballot_judgesNoMarkedAnswer_andTablesCountNoMarkedVerdict() {
    Answer answer = Records.answer(Records.envelope("r1", "p1", Records.gold(3, 1)), "m1", Records.votes(new double[] {-2, -0.3, -3}), 5);
    try (Stage ballot = new Stage(new Ballot(registry).topology(), registry);
        Stage tables = new Stage(new Tables(registry, List.of()).topology(), registry)) {
      ballot.send(Topics.ANSWERS, record(Topics.ANSWERS, answer, true));
      assertThat(ballot.read(Topics.VERDICTS)).isEmpty();
      ballot.send(Topics.ANSWERS, record(Topics.ANSWERS, answer, false));
      Verdict verdict = ballot.read(Topics.VERDICTS, Verdict.class).getFirst();

      tables.send(Topics.PROMPTS, record(Topics.PROMPTS, prompt, true));
      tables.send(Topics.VERDICTS, record(Topics.VERDICTS, verdict, true));
      TestRecord<byte[], byte[]> letter = record(Topics.ANSWERS, answer, true);
      new DeadLetter(Topics.ANSWERS, 0, 3, "replay", "no", "r1", "p1", "m1").writeTo(letter.headers());
      tables.send(Topics.DEAD_LETTERS, letter);
      tables.pass(Duration.ofSeconds(2));
      tables.pass(Duration.ofSeconds(2));
      assertThat(tables.read(Topics.METRICS)).isEmpty();
      tables.send(Topics.VERDICTS, record(Topics.VERDICTS, verdict, false));
      tables.pass(Duration.ofSeconds(2));
      tables.pass(Duration.ofSeconds(2));
      assertThat(tables.read(Topics.METRICS)).isNotEmpty();
    }
  }
}
