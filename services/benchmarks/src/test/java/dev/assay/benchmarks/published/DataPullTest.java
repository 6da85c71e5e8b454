package dev.assay.benchmarks.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.benchmarks.SharedData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fetcher against a mirror on the loopback interface that breaks off, alters and loses files. */
class DataPullTest {
  private static final byte[] CONTENT = "{\"question\": \"q\", \"answer\": \"#### 1\"}\n".repeat(5_000).getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private PublishedFile file;
  private DataPull pull;
  private volatile int breakAfter = Integer.MAX_VALUE;
  private volatile boolean alter;

  @BeforeEach
  void start() throws IOException {
    Path original = Files.write(folder.resolve("original"), CONTENT);
    file = new PublishedFile("gsm8k/test.jsonl", "org/name/0123abcd/data/test.jsonl", CONTENT.length, PublishedFile.hash(original));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/mirror/org/name/0123abcd/data/test.jsonl", this::send);
    server.start();
    pull = new DataPull(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mirror/"));
  }

  @AfterEach
  void stop() {
    pull.close();
    server.stop(0);
  }

  private void send(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    byte[] body = Arrays.copyOfRange(CONTENT, from, CONTENT.length);
    if (alter) {
      body[0]++;
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
    exchange.getResponseBody().write(body, 0, Math.min(body.length, breakAfter));
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private List<DataPull.Outcome> pulled() throws IOException, InterruptedException {
    List<DataPull.Outcome> outcomes = new ArrayList<>();
    pull.pull(List.of(file), folder, (_, outcome) -> outcomes.add(outcome));
    return outcomes;
  }

  @Test
  void bringsAFileOnce() throws Exception {
    assertThat(pulled()).containsExactly(DataPull.Outcome.FETCHED);
    assertThat(folder.resolve("gsm8k/test.jsonl")).hasBinaryContent(CONTENT);
    assertThat(pulled()).containsExactly(DataPull.Outcome.PRESENT);
    assertThat(requests).containsExactly("null");
    assertThat(folder.resolve("gsm8k/test.jsonl.partial")).doesNotExist();
  }

  @Test
  void aTransferThatBreaksOff_goesOnWhereItBroke() throws Exception {
    breakAfter = CONTENT.length / 2 + 1;
    assertThat(pulled()).containsExactly(DataPull.Outcome.FETCHED);
    assertThat(folder.resolve("gsm8k/test.jsonl")).hasBinaryContent(CONTENT);
    assertThat(requests).hasSize(2).first().isEqualTo("null");
    assertThat(requests.getLast()).startsWith("bytes=").isNotEqualTo("bytes=0-");
  }

  @Test
  void aTransferThatBreaksOffAgainAndAgain_isResumedByTheNextPull() throws Exception {
    breakAfter = CONTENT.length / 5;
    assertThatThrownBy(this::pulled)
        .isInstanceOf(PullException.class)
        .hasMessageContaining("broke off 3 times")
        .hasMessageContaining("of " + CONTENT.length + " bytes");
    assertThat(folder.resolve("gsm8k/test.jsonl")).doesNotExist();
    breakAfter = Integer.MAX_VALUE;
    requests.clear();
    assertThat(pulled()).containsExactly(DataPull.Outcome.FETCHED);
    assertThat(folder.resolve("gsm8k/test.jsonl")).hasBinaryContent(CONTENT);
    assertThat(requests).hasSize(1).first().asString().startsWith("bytes=");
  }

  @Test
  void anAlteredFile_isRefusedAndNotKept() throws Exception {
    alter = true;
    assertThatThrownBy(this::pulled).isInstanceOf(PullException.class).hasMessageContaining(file.sha256()).hasMessageContaining("org/name/0123abcd");
    assertThat(folder.resolve("gsm8k")).isEmptyDirectory();
    alter = false;
    assertThat(pulled()).containsExactly(DataPull.Outcome.FETCHED);
  }

  @Test
  void anAbsentFile_saysSo() {
    PublishedFile absent = new PublishedFile("gsm8k/other.jsonl", "org/name/0123abcd/data/other.jsonl", 1, "00");
    assertThatThrownBy(() -> pull.pull(List.of(absent), folder, (_, _) -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("other.jsonl answered 404")
        .hasMessageContaining("mirror");
    assertThat(folder.resolve("gsm8k/other.jsonl")).doesNotExist();
  }

  @Test
  void aServerThatIsNotThere_saysSo() {
    server.stop(0);
    assertThatThrownBy(this::pulled).isInstanceOf(PullException.class).hasMessageContaining("cannot be reached");
  }

  @Test
  void anotherEditionThatIsHere_isLeftAlone() throws Exception {
    Path here = folder.resolve("gsm8k/test.jsonl");
    Files.createDirectories(here.getParent());
    Files.writeString(here, "mine");
    assertThatThrownBy(this::pulled).isInstanceOf(PullException.class).hasMessageContaining("Move it away");
    assertThat(here).hasContent("mine");
  }

  @Test
  void everyKnownFileHasItsPlaceAndHash() {
    assertThat(PublishedFile.all()).hasSize(57 * 2 + 1 + 11 + 2 + 27).extracting(PublishedFile::file).doesNotHaveDuplicates();
    assertThat(PublishedFile.all())
        .allSatisfy(
            known -> {
              assertThat(known.sha256()).matches("[0-9a-f]{64}");
              assertThat(known.source()).matches("[\\w.-]+/[\\w.-]+/[0-9a-f]{12,40}/.+");
              assertThat(known.bytes()).isPositive();
            });
  }

  @Test
  void theCopiesAtHandAreThePublishedOnes() {
    List<Completeness> complete = Completeness.of(SharedData.data());
    assertThat(complete).extracting(Completeness::benchmark).containsExactly("mmlu", "truthfulqa", "bbq", "gsm8k", "bigbench_hard");
    assertThat(complete).allSatisfy(each -> assertThat(each.other()).isEmpty());
    assertThat(complete.stream().filter(each -> !each.isComplete()).map(Completeness::benchmark)).containsExactly("bbq");
    assertThat(complete.get(2).missing()).hasSize(5).contains("bbq/Gender_identity.jsonl");
  }
}
