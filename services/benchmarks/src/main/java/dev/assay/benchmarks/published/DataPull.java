package dev.assay.benchmarks.published;

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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches benchmark files by commit and keeps only what has the published hash. A transfer that breaks off goes on where it broke, now
 * and at the next call; a file that is here with other bytes is the user's and is left alone.
 */
public final class DataPull implements AutoCloseable {
  /** Where GitHub serves a repository's files by commit. */
  public static final URI GITHUB = URI.create("https://raw.githubusercontent.com/");

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TRIES = 3;
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int NOT_FOUND = 404;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final URI mirror;
  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).connectTimeout(PATIENCE).build();

  /**
   * A fetcher.
   *
   * @param mirror {@link #GITHUB}, or what serves the same paths; ends in a slash
   */
  public DataPull(URI mirror) {
    if (!mirror.toString().endsWith("/")) {
      throw new IllegalArgumentException("mirror " + mirror + "; expected a URL that ends in a slash");
    }
    this.mirror = mirror;
  }

  /** What became of a file. */
  public enum Outcome {
    /** It was here already. */
    PRESENT,
    /** It was fetched. */
    FETCHED
  }

  /**
   * Brings the files into the folder, one after another; those that are here are not fetched again.
   *
   * @param heard is told of each file when it is here
   * @throws PullException at the first file that cannot be brought; those before it stay
   */
  public void pull(Iterable<PublishedFile> files, Path folder, BiConsumer<PublishedFile, Outcome> heard)
      throws IOException, InterruptedException {
    for (PublishedFile file : files) {
      heard.accept(file, pull(file, folder.resolve(file.file())));
    }
  }

  private Outcome pull(PublishedFile file, Path target) throws IOException, InterruptedException {
    if (file.isAt(target)) {
      return Outcome.PRESENT;
    }
    if (Files.exists(target)) {
      throw new PullException(
          "%s is here with the sha256 %s, expected %s of %s; another edition? Move it away, or pull into another folder"
              .formatted(target, PublishedFile.hash(target), file.sha256(), file.source()));
    }
    Files.createDirectories(target.getParent());
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    fetch(file, partial);
    verify(file, partial);
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    return Outcome.FETCHED;
  }

  private void fetch(PublishedFile file, Path partial) throws IOException, InterruptedException {
    URI uri = mirror.resolve(file.source());
    for (int tried = 1; size(partial) < file.bytes(); tried++) {
      IOException broke = transfer(file, uri, partial);
      if (tried == TRIES && size(partial) < file.bytes()) {
        throw new PullException(
            "%s broke off %d times, at %d of %d bytes; pull again, it goes on from there".formatted(uri, TRIES, size(partial), file.bytes()), broke);
      }
    }
  }

  /** Appends what comes; returns why it broke off, or null when the answer ended by itself. */
  private @Nullable IOException transfer(PublishedFile file, URI uri, Path partial)
      throws IOException, InterruptedException {
    long have = size(partial);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response;
    try {
      response = client.send(request.build(), BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new PullException(uri + " cannot be reached: " + e + "; check the network, or name a mirror", e);
    }
    try (InputStream body = response.body()) {
      int status = response.statusCode();
      if (status != OK && status != PARTIAL) {
        // A server that cannot go on from there has another file; the next try begins anew.
        if (status == RANGE_NOT_SATISFIABLE && have > 0) {
          Files.delete(partial);
          return null;
        }
        String advice = status == NOT_FOUND ? "; the commit or the file is gone from there: name a mirror that has it" : "; try again later";
        throw new PullException(uri + " answered " + status + ", expected " + OK + advice);
      }
      StandardOpenOption mode = status == PARTIAL ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
      try (OutputStream out = Files.newOutputStream(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
        return copy(body, out, file.bytes() - (status == PARTIAL ? have : 0));
      }
    }
  }

  /** At most one byte more than expected is taken, which is enough to refuse the file. */
  private static @Nullable IOException copy(InputStream body, OutputStream out, long expected) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (long left = expected + 1; left > 0; ) {
      int read;
      try {
        read = body.read(buffer, 0, (int) Math.min(buffer.length, left));
      } catch (IOException e) {
        return e;
      }
      if (read < 0) {
        return null;
      }
      out.write(buffer, 0, read);
      left -= read;
    }
    return null;
  }

  private void verify(PublishedFile file, Path partial) throws IOException {
    if (!file.isAt(partial)) {
      String got = "%d bytes with the sha256 %s".formatted(Files.size(partial), PublishedFile.hash(partial));
      Files.delete(partial);
      throw new PullException(
          "%s gave %s, expected %d bytes with %s; nothing of it was kept: try again, or name another mirror"
              .formatted(mirror.resolve(file.source()), got, file.bytes(), file.sha256()));
    }
  }

  private static long size(Path partial) throws IOException {
    return Files.exists(partial) ? Files.size(partial) : 0;
  }

  @Override
  public void close() {
    client.close();
  }
}
