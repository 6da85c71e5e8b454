package dev.assay.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.schemas.TopicSpec;
import dev.assay.schemas.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class StackIT {

  private static final TopicSpec TOPIC = new TopicSpec("numbers", 1, Map.of("retention.ms", "-1"));

  @TempDir Path directory;

  @Test
  void restart_keepsRecordsAndAddressesAndLeavesNothingRunning() {
    KafkaSettings first;
    List<ProcessHandle> children;
    try (Stack stack = Stack.embedded(directory, StackOptions.defaults())) {
      first = stack.settings();
      children = children(stack);
      assertThat(stack.ensureTopics(Topics.all())).isEmpty();
      stack.ensureTopics(List.of(TOPIC));
      new RecordLog(first, TOPIC.name()).write(0, 1000);
      assertThat(stack.health()).allSatisfy(part -> assertThat(part.ok()).as(part.toString()).isTrue()).hasSize(3);
      assertThat(Stack.find(directory)).map(Stack::settings).contains(first);
    }
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(Stack.find(directory)).isEmpty();

    try (Stack stack = Stack.embedded(directory, StackOptions.defaults())) {
      assertThat(stack.settings()).isEqualTo(first);
      assertThat(new RecordLog(first, TOPIC.name()).read()).isEqualTo(numbers(1000));
      assertThat(stack.ensureTopics(List.of(new TopicSpec(TOPIC.name(), 3, Map.of("retention.ms", "7")))))
          .containsExactlyInAnyOrder(
              new TopicDrift(TOPIC.name(), "partitions", "3", "1"), new TopicDrift(TOPIC.name(), "retention.ms", "7", "-1"));
    }
  }

  @Test
  void killedParts_restartOnTheirPortsWithEverything() {
    try (Stack stack = Stack.embedded(directory, StackOptions.defaults())) {
      KafkaSettings settings = stack.settings();
      stack.ensureTopics(List.of(TOPIC));
      RecordLog log = new RecordLog(settings, TOPIC.name());
      log.write(0, 1000);

      stack.broker().orElseThrow().kill();
      stack.registry().orElseThrow().kill();
      assertThat(children(stack)).noneMatch(ProcessHandle::isAlive);
      stack.restartEnded();

      log.write(1000, 2000);
      assertThat(log.read()).isEqualTo(numbers(2000));
      assertThat(stack.settings()).isEqualTo(settings);
    }
  }

  /** Kafka's own broker leaves such a transaction open for ever: {@link OfflineLeaders}. */
  @Test
  void transactionCutOffByAKill_isAbortedOnceTheBrokerIsBack() {
    try (Stack stack = Stack.embedded(directory, StackOptions.defaults())) {
      stack.ensureTopics(List.of(TOPIC));
      RecordLog log = new RecordLog(stack.settings(), TOPIC.name());
      log.write(0, 10);
      Properties options = stack.settings().transactionalProducer("cut-off", "cut-off");
      // Over before the broker is back, and so aborted while its partitions are offline.
      options.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 1_000);
      KafkaProducer<String, String> producer = new KafkaProducer<>(options, new StringSerializer(), new StringSerializer());
      try {
        producer.initTransactions();
        producer.beginTransaction();
        var _ = producer.send(new ProducerRecord<>(TOPIC.name(), "10", "never committed"));
        producer.flush();
        stack.broker().orElseThrow().kill();
      } finally {
        producer.close(Duration.ZERO);
      }
      stack.restartEnded();

      log.write(11, 20);
      List<Integer> committed = IntStream.range(0, 20).filter(i -> i != 10).boxed().toList();
      long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
      while (!log.read().equals(committed)) {
        assertThat(System.nanoTime() - deadline).as("%s after a minute; expected %s", log.read(), committed).isNegative();
      }
    }
  }

  @Test
  void killedParent_leavesNoOrphanAndDoesNotBlockTheDirectory() throws Exception {
    Process parent = holder();
    List<ProcessHandle> children;
    try (BufferedReader output = parent.inputReader()) {
      children = readyChildren(output);
      assertThat(children).hasSize(2).allMatch(ProcessHandle::isAlive);
      String address = Stack.find(directory).orElseThrow().settings().bootstrapServers();

      assertThatThrownBy(() -> Stack.embedded(directory, StackOptions.defaults()))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("process " + parent.pid())
          .hasMessageContaining(address)
          .hasMessageContaining(directory.toRealPath().toString());

      KafkaSettings settings = Stack.find(directory).orElseThrow().settings();
      Stack.find(directory).orElseThrow().ensureTopics(List.of(TOPIC));
      new RecordLog(settings, TOPIC.name()).write(0, 100);
    } finally {
      parent.destroyForcibly();
    }
    assertThat(parent.waitFor()).isEqualTo(137);

    try (Stack stack = Stack.embedded(directory, StackOptions.defaults())) {
      assertThat(children).noneMatch(ProcessHandle::isAlive);
      assertThat(new RecordLog(stack.settings(), TOPIC.name()).read()).isEqualTo(numbers(100));
    }
  }

  @Test
  void killedParent_childrenEndByThemselves() throws Exception {
    Process parent = holder();
    List<ProcessHandle> children;
    try (BufferedReader output = parent.inputReader()) {
      children = readyChildren(output);
    } finally {
      parent.destroyForcibly();
    }
    for (ProcessHandle child : children) {
      child.onExit().get(60, TimeUnit.SECONDS);
    }
    assertThat(Stack.find(directory)).isEmpty();
  }

  private Process holder() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx128m",
            StackHolder.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static List<ProcessHandle> readyChildren(BufferedReader output) {
    String line = output.lines().filter(text -> text.startsWith("READY ")).findFirst().orElseThrow();
    return Stream.of(line.split(" ", -1)).skip(1).map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow()).toList();
  }

  private static List<ProcessHandle> children(Stack stack) {
    return List.of(stack.broker().orElseThrow().process(), stack.registry().orElseThrow().process());
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void secondStackInTheSameProcess_isRefusedAndTheFirstKeepsItsLock() throws IOException {
    try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> Stack.embedded(directory, StackOptions.defaults()))
            .isInstanceOf(StackException.class)
            .hasMessageContaining("process " + ProcessHandle.current().pid());
      }
      assertThat(lock).isNotNull();
    }
    assertThat(directory.resolve("broker")).doesNotExist();
  }

  @Test
  void brokenBrokerDirectory_failsWithTheBrokersLastWordsAndLeavesNothing() throws IOException {
    Path log = Files.createDirectories(directory.resolve("broker").resolve("log"));
    Files.writeString(log.resolve("meta.properties"), "version=1\nnode.id=99\ncluster.id=elsewhere\n");

    assertThatThrownBy(() -> Stack.embedded(directory, StackOptions.defaults()))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("The broker (ended with status 1)")
        .hasMessageContaining("Stored node id 99");
    assertThat(ProcessHandle.current().children().filter(child -> commandLine(child).contains(directory.toString()))).isEmpty();
  }

  private static String commandLine(ProcessHandle process) {
    return process.info().commandLine().orElse("");
  }
}
