package dev.assay.benchmarks.published;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A file of a benchmark.
 *
 * @param file where it belongs below a data folder, such as {@code gsm8k/test.jsonl}
 * @param source repository, commit and path on GitHub
 * @param bytes its size
 * @param sha256 its hash, lower-case hex
 */
public record PublishedFile(String file, String source, long bytes, String sha256) {
  private static final String LIST = "files.csv";

  /** Every file that Assay knows, benchmark after benchmark; hashes are of the authors' commits. */
  public static List<PublishedFile> all() {
    return Known.FILES;
  }

  /** The folder of its benchmark. */
  public String benchmark() {
    return file.substring(0, file.indexOf('/'));
  }

  /** Whether the path holds it, byte for byte. */
  boolean isAt(Path path) throws IOException {
    return Files.isRegularFile(path) && Files.size(path) == bytes && hash(path).equals(sha256);
  }

  /** The sha256 of a file, lower-case hex. */
  static String hash(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have", e);
    }
  }

  private static final class Known {
    static final List<PublishedFile> FILES = read();

    private static List<PublishedFile> read() {
      try (InputStream in = PublishedFile.class.getResourceAsStream(LIST)) {
        if (in == null) {
          throw new IllegalStateException("The list of published files is missing from the class path; rebuild Assay");
        }
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().skip(1).map(Known::file).toList();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read the list of published files", e);
      }
    }

    private static PublishedFile file(String line) {
      String[] cells = line.split(",", -1);
      return new PublishedFile(cells[0], cells[1], Long.parseLong(cells[2]), cells[3]);
    }
  }
}
