package dev.assay.inference.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.store.ModelSpec.Hub;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Fetches a model of the Hugging Face hub over its HTTP API: the files of a revision with their sizes and hashes, then each file, from
 * where an earlier try broke off. Large files are checked by sha256, small ones by their git hash.
 */
final class HubSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int STEP = 1 << 20;

  /** What the engine reads; a model's other files (weights in pickles, pictures, cards) stay where they are. */
  private static final Pattern NEEDED =
      Pattern.compile("config\\.json|generation_config\\.json|tokenizer\\.json|tokenizer_config\\.json|[A-Za-z0-9._-]+\\.safetensors|model\\.safetensors\\.index\\.json");

  private final URI endpoint;
  private final Optional<String> token;
  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(PATIENCE).build();

  /**
   * @param endpoint {@code https://huggingface.co} or a mirror of it
   * @param token sent to the endpoint alone, never to where it redirects
   */
  HubSource(URI endpoint, Optional<String> token) {
    this.endpoint = endpoint;
    this.token = token;
  }

  /** One file as the hub lists it; {@code hash} is a sha256 for large files and a git blob hash for the others. */
  record Listed(String name, long bytes, String hash) {
    boolean large() {
      return hash.length() == 64;
    }

    boolean isIn(Path file) throws IOException {
      return Files.isRegularFile(file) && Files.size(file) == bytes && got(file).equals(hash);
    }

    String got(Path file) throws IOException {
      return large() ? FileHash.sha256(file) : FileHash.gitBlob(file);
    }
  }

  /** Brings all files of the model into {@code folder}; those that are there and right are not fetched again. */
  void fetch(Hub model, Path folder, Progress progress) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    for (Listed file : list(model)) {
      if (!file.isIn(folder.resolve(file.name()))) {
        fetch(model, file, folder, progress);
      }
    }
  }

  private List<Listed> list(Hub model) throws IOException, InterruptedException {
    URI uri = endpoint.resolve("/api/models/" + model.repository() + "/tree/" + model.revision());
    HttpResponse<InputStream> response = get(uri, 0);
    JsonNode tree;
    try (InputStream body = response.body()) {
      expect(uri, response, 200);
      tree = JSON.readTree(body);
    }
    List<Listed> files = new ArrayList<>();
    for (JsonNode entry : tree) {
      String name = entry.path("path").asText();
      if (NEEDED.matcher(name).matches()) {
        String hash = entry.path("lfs").path("oid").asText(entry.path("oid").asText());
        files.add(new Listed(name, entry.path("size").asLong(), hash));
      }
    }
    if (files.stream().noneMatch(file -> file.name().endsWith(".safetensors"))) {
      throw new ModelStoreException(uri + " lists no .safetensors file; only safetensors are loaded");
    }
    return files;
  }

  private void fetch(Hub model, Listed file, Path folder, Progress progress) throws IOException, InterruptedException {
    URI uri = endpoint.resolve("/" + model.repository() + "/resolve/" + model.revision() + "/" + file.name());
    Path partial = folder.resolve(file.name() + ".partial");
    long have = Files.exists(partial) ? Files.size(partial) : 0;
    if (have > file.bytes()) {
      Files.delete(partial);
      have = 0;
    }
    if (have < file.bytes() || have == 0) {
      HttpResponse<InputStream> response = get(uri, have);
      try (InputStream body = response.body()) {
        boolean resumed = response.statusCode() == 206;
        if (!resumed) {
          expect(uri, response, 200);
        }
        append(body, partial, resumed ? have : 0, file, progress);
      }
    }
    if (!file.isIn(partial)) {
      String got = Files.size(partial) + " bytes with the hash " + file.got(partial);
      // Fewer bytes than listed are an interrupted transfer, which the next pull resumes; other bytes can only be fetched anew.
      if (Files.size(partial) >= file.bytes()) {
        Files.delete(partial);
      }
      throw new ModelStoreException(
          "%s gave %s, expected %d bytes with %s; pull again".formatted(uri, got, file.bytes(), file.hash()));
    }
    Files.move(partial, folder.resolve(file.name()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void append(InputStream body, Path partial, long have, Listed file, Progress progress) throws IOException {
    StandardOpenOption mode = have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    byte[] buffer = new byte[STEP];
    long done = have;
    try (OutputStream out = Files.newOutputStream(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        out.write(buffer, 0, read);
        done += read;
        progress.at(file.name(), done, file.bytes());
      }
    }
  }

  /** Follows redirects by hand: the token must not travel to the storage host that the hub redirects to. */
  private HttpResponse<InputStream> get(URI first, long from) throws IOException, InterruptedException {
    URI uri = first;
    for (int hop = 0; hop < 5; hop++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
      if (from > 0) {
        request.header("Range", "bytes=" + from + "-");
      }
      if (token.isPresent() && uri.getAuthority().equals(endpoint.getAuthority()) && uri.getScheme().equals(endpoint.getScheme())) {
        request.header("Authorization", "Bearer " + token.get());
      }
      HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
      Optional<String> location = response.headers().firstValue("Location");
      if (response.statusCode() / 100 != 3 || location.isEmpty()) {
        return response;
      }
      response.body().close();
      uri = uri.resolve(location.get());
    }
    throw new ModelStoreException(first + " redirects more than 5 times");
  }

  private static void expect(URI uri, HttpResponse<?> response, int status) {
    if (response.statusCode() != status) {
      String advice =
          switch (response.statusCode()) {
            case 401, 403 -> "; set HF_TOKEN to a token that may read it";
            case 404 -> "; check the name and the revision";
            default -> "";
          };
      throw new ModelStoreException(uri + " answered " + response.statusCode() + ", expected " + status + advice);
    }
  }
}
