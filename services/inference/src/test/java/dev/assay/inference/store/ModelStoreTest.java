package dev.assay.inference.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store against a hub on the loopback interface that breaks off, alters, and redirects. */
class ModelStoreTest {
  private static final String CONFIG = "{\"architectures\": [\"LlamaForCausalLM\"]}";

  @TempDir private Path home;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final byte[] weights = new byte[300_000];
  private HttpServer server;
  private volatile int breakAfter = Integer.MAX_VALUE;
  private volatile boolean alter;
  private ModelStore store;

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) (i * 31);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
    String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
    store = new ModelStore(home, Map.of("HF_ENDPOINT", endpoint, "HF_TOKEN", "secret"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void pull_bringsOnlyWhatIsNeeded_once() throws Exception {
    List<Long> heard = new CopyOnWriteArrayList<>();
    ModelSpec spec = ModelSpec.parse("hf:org/tiny@v1");
    Path path = store.pull(spec, (what, done, total) -> heard.add(total - done));
    assertThat(Files.readAllBytes(path.resolve("model.safetensors"))).isEqualTo(weights);
    assertThat(path.resolve("config.json")).hasContent(CONFIG);
    assertThat(path.resolve("pytorch_model.bin")).doesNotExist();
    assertThat(heard).contains(0L).allMatch(left -> left >= 0);
    assertThat(store.list()).containsExactly("hf:org/tiny@v1");
    assertThat(store.find(spec)).isEqualTo(path);
    requests.clear();
    store.pull(spec, Progress.SILENT);
    assertThat(requests).hasSize(1).allMatch(request -> request.contains("/tree/"));
  }

  @Test
  void pull_afterBreak_resumesWhereItBroke() throws Exception {
    ModelSpec spec = ModelSpec.parse("hf:org/tiny");
    breakAfter = 100_000;
    assertThatThrownBy(() -> store.pull(spec, Progress.SILENT)).isInstanceOfAny(IOException.class, ModelStoreException.class);
    breakAfter = Integer.MAX_VALUE;
    requests.clear();
    Path path = store.pull(spec, Progress.SILENT);
    assertThat(Files.readAllBytes(path.resolve("model.safetensors"))).isEqualTo(weights);
    assertThat(requests).anyMatch(request -> request.contains("model.safetensors bytes=") && !request.endsWith("bytes=0-"));
  }

  @Test
  void pull_alteredFile_isRefusedByItsHash_andNextPullRepairs() throws Exception {
    ModelSpec spec = ModelSpec.parse("hf:org/tiny");
    alter = true;
    assertThatThrownBy(() -> store.pull(spec, Progress.SILENT))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining(hex("SHA-256", weights));
    alter = false;
    Path path = store.pull(spec, Progress.SILENT);
    Path file = path.resolve("model.safetensors");
    byte[] damaged = weights.clone();
    damaged[5]++;
    Files.write(file, damaged);
    store.pull(spec, Progress.SILENT);
    assertThat(Files.readAllBytes(file)).isEqualTo(weights);
  }

  @Test
  void pull_sendsTheTokenToTheHubOnly() throws Exception {
    store.pull(ModelSpec.parse("hf:org/tiny"), Progress.SILENT);
    assertThat(requests).anyMatch(request -> request.startsWith("Bearer secret /api/models/org/tiny/tree/main"));
    assertThat(requests).anyMatch(request -> request.startsWith("none /storage/model.safetensors"));
  }

  @Test
  void pull_unknownModel_saysWhatToCheck() {
    assertThatThrownBy(() -> store.pull(ModelSpec.parse("hf:org/absent"), Progress.SILENT))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("404")
        .hasMessageContaining("revision");
  }

  @Test
  void find_whatIsNotHere_saysHowToGetIt() {
    assertThatThrownBy(() -> store.find(ModelSpec.parse("smollm2-135m-instruct"))).hasMessageContaining("assay models pull smollm2-135m-instruct");
    assertThatThrownBy(() -> store.find(ModelSpec.parse("hf:org/tiny"))).hasMessageContaining("assay models pull hf:org/tiny@main");
    assertThatThrownBy(() -> store.find(ModelSpec.parse("/no/such.gguf"))).hasMessageContaining("/no/such.gguf");
  }

  @Test
  void find_alteredCatalogueFile_isRefusedWithBothHashes() throws IOException {
    Path file = home.resolve("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "GGUF, but not this one");
    assertThatThrownBy(() -> store.find(ModelSpec.parse("smollm2-135m-instruct")))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining(Catalogue.SMOLLM2_135M_INSTRUCT.sha256())
        .hasMessageContaining(hex("SHA-256", Files.readAllBytes(file)));
  }

  @Test
  void parse_namesThatAreNone_areRefused() {
    for (String bad : List.of("hf:", "hf:org", "hf:../../etc", "hf:org/../x", "hf:org/name@../x", "nonsense")) {
      assertThatThrownBy(() -> ModelSpec.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(bad);
    }
  }

  @Test
  void home_followsTheEnvironment() {
    Path user = Path.of("/home/u");
    assertThat(AssayHome.path(Map.of("ASSAY_HOME", "/a", "XDG_CACHE_HOME", "/x"), "Linux", user)).isEqualTo(Path.of("/a"));
    assertThat(AssayHome.path(Map.of("XDG_CACHE_HOME", "/x"), "Linux", user)).isEqualTo(Path.of("/x/assay"));
    assertThat(AssayHome.path(Map.of("XDG_CACHE_HOME", "relative"), "Linux", user)).isEqualTo(Path.of("/home/u/.cache/assay"));
    assertThat(AssayHome.path(Map.of(), "Mac OS X", user)).isEqualTo(Path.of("/home/u/Library/Caches/assay"));
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    List<String> range = exchange.getRequestHeaders().getOrDefault("Range", List.of());
    requests.add(
        String.join(",", exchange.getRequestHeaders().getOrDefault("Authorization", List.of("none"))) + " " + path + " " + String.join(",", range));
    if (path.startsWith("/api/models/org/tiny/tree/")) {
      send(
          exchange,
          """
          [{"type": "file", "path": "config.json", "size": %d, "oid": "%s"},
           {"type": "file", "path": "pytorch_model.bin", "size": 9, "oid": "00"},
           {"type": "file", "path": "model.safetensors", "size": %d, "oid": "11", "lfs": {"oid": "%s"}}]
          """
              .formatted(CONFIG.length(), hex("SHA-1", ("blob " + CONFIG.length() + "\0" + CONFIG).getBytes(StandardCharsets.UTF_8)), weights.length, hex("SHA-256", weights))
              .getBytes(StandardCharsets.UTF_8));
    } else if (path.endsWith("/config.json")) {
      send(exchange, CONFIG.getBytes(StandardCharsets.UTF_8));
    } else if (path.contains("/resolve/")) {
      // Another name for the same machine: a host that must not see the token.
      exchange.getResponseHeaders().add("Location", "http://localhost:" + server.getAddress().getPort() + "/storage/model.safetensors");
      exchange.sendResponseHeaders(302, -1);
      exchange.close();
    } else if (path.startsWith("/storage/")) {
      sendWeights(exchange, range.isEmpty() ? 0 : Integer.parseInt(range.getFirst().replaceAll("\\D", "")));
    } else {
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
    }
  }

  private void sendWeights(HttpExchange exchange, int from) throws IOException {
    byte[] body = Arrays.copyOfRange(weights, from, weights.length);
    if (alter) {
      body[0]++;
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
    exchange.getResponseBody().write(body, 0, Math.min(body.length, breakAfter));
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static String hex(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
