package dev.assay.cli.replay;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.assay.cli.terminal.CommandFailure;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A run's log as one file: a line that says what it is, then blocks of records, each compressed by zstd and followed by the SHA-256 of all
 * before it, then an end that counts them. So what is cut off or altered is found before any of it is used, and where it is.
 *
 * <pre>
 * "assay run log 1\n"
 * block*   = int raw size, int size, zstd data, 32 bytes SHA-256 of (hash before, raw size, size, data)
 * end      = int 0, long records, 32 bytes SHA-256 of (hash before, 0, records)
 * a block holds entries: 'S' int number, UTF topic, text schema | 'R' UTF topic, int schema or -1, long timestamp, key, value, headers
 * </pre>
 */
final class LogFile {

  private static final byte[] MAGIC = "assay run log 1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int BLOCK_BYTES = 4 << 20;

  /** A block ends with the record that fills it, and no record has more than a megabyte. */
  private static final int LARGEST_BLOCK = 4 * BLOCK_BYTES;

  private static final int LEVEL = 9;
  private static final int HASH_BYTES = 32;
  private static final int NONE = -1;

  private LogFile() {}

  /**
   * A record.
   *
   * @param topic its topic
   * @param schema number of the schema that its value was written with; -1 for a value as it is
   * @param timestamp milliseconds since 1970
   * @param key its key
   * @param value Avro binary without the registry's header, or the value as it is
   * @param headers its headers
   */
  @SuppressWarnings("ArrayRecordComponent") // As Kafka's own records have them; nobody compares entries.
  record Entry(String topic, int schema, long timestamp, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {}

  /** What reads a file. */
  interface Reader {
    /** A schema, before the first record of its number. */
    void schema(int number, String topic, String schema);

    /** A record. */
    void record(Entry entry);
  }

  /** Writes a file aside; {@link #finish} puts it in its place. */
  static final class Writer implements AutoCloseable {
    private final Path file;
    private final Path aside;
    private final DataOutputStream out;
    private final ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK_BYTES);
    private final DataOutputStream entries = new DataOutputStream(block);
    private byte[] hash = sha256(MAGIC);
    private long records;

    Writer(Path file) {
      this.file = file.toAbsolutePath();
      this.aside = this.file.resolveSibling(this.file.getFileName() + ".partial");
      try {
        Files.createDirectories(this.file.getParent());
        this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(aside)));
        out.write(MAGIC);
      } catch (IOException e) {
        throw failed(file, e);
      }
    }

    void schema(int number, String topic, String schema) {
      try {
        entries.writeByte('S');
        entries.writeInt(number);
        entries.writeUTF(topic);
        bytes(schema.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw failed(file, e);
      }
    }

    void record(Entry entry) {
      try {
        entries.writeByte('R');
        entries.writeUTF(entry.topic());
        entries.writeInt(entry.schema());
        entries.writeLong(entry.timestamp());
        bytes(entry.key());
        bytes(entry.value());
        Header[] headers = entry.headers().toArray();
        entries.writeInt(headers.length);
        for (Header header : headers) {
          entries.writeUTF(header.key());
          bytes(header.value());
        }
        records++;
        if (block.size() >= BLOCK_BYTES) {
          flush();
        }
      } catch (IOException e) {
        throw failed(file, e);
      }
    }

    /** The file is whole and in its place; gives its size in bytes. */
    long finish() {
      try {
        if (block.size() > 0) {
          flush();
        }
        ByteArrayOutputStream end = new ByteArrayOutputStream();
        DataOutputStream said = new DataOutputStream(end);
        said.writeInt(0);
        said.writeLong(records);
        hash = sha256(hash, end.toByteArray());
        out.write(end.toByteArray());
        out.write(hash);
        out.close();
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return Files.size(file);
      } catch (IOException e) {
        throw failed(file, e);
      }
    }

    private void flush() throws IOException {
      byte[] raw = block.toByteArray();
      byte[] packed = Zstd.compress(raw, LEVEL);
      ByteArrayOutputStream sizes = new ByteArrayOutputStream();
      DataOutputStream said = new DataOutputStream(sizes);
      said.writeInt(raw.length);
      said.writeInt(packed.length);
      hash = sha256(hash, sizes.toByteArray(), packed);
      out.write(sizes.toByteArray());
      out.write(packed);
      out.write(hash);
      block.reset();
    }

    private void bytes(byte @Nullable [] bytes) throws IOException {
      entries.writeInt(bytes == null ? NONE : bytes.length);
      if (bytes != null) {
        entries.write(bytes);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
        Files.deleteIfExists(aside);
      } catch (IOException e) {
        throw failed(file, e);
      }
    }

    private static CommandFailure failed(Path file, IOException e) {
      return new CommandFailure("cannot write " + file + ": " + e.getMessage() + "; choose another --output", e);
    }
  }

  /**
   * Reads a file to its end.
   *
   * @return how many records of each topic it has
   * @throws CommandFailure when it is no such file, is cut off or altered; what was read before that is as it was written
   */
  static Map<String, Long> read(Path file, Reader reader) {
    Map<String, Long> counts = new TreeMap<>();
    long at = MAGIC.length;
    int blocks = 0;
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
        throw new CommandFailure("%s is no run's log; expected a file of 'assay export --format log'".formatted(file));
      }
      byte[] hash = sha256(MAGIC);
      while (true) {
        int rawSize = in.readInt();
        if (rawSize == 0) {
          end(file, in, hash, counts, at);
          return counts;
        }
        int size = in.readInt();
        if (rawSize < 0 || rawSize > LARGEST_BLOCK || size <= 0 || size > LARGEST_BLOCK) {
          throw altered(file, blocks, at, "it says that it has %d bytes, %d unpacked".formatted(size, rawSize));
        }
        byte[] packed = in.readNBytes(size);
        byte[] said = in.readNBytes(HASH_BYTES);
        if (packed.length < size || said.length < HASH_BYTES) {
          throw new EOFException();
        }
        ByteArrayOutputStream sizes = new ByteArrayOutputStream();
        new DataOutputStream(sizes).writeLong(((long) rawSize << Integer.SIZE) | size);
        hash = sha256(hash, sizes.toByteArray(), packed);
        if (!Arrays.equals(hash, said)) {
          throw altered(file, blocks, at, "its SHA-256 is not the one behind it");
        }
        entries(file, unpacked(file, packed, rawSize, blocks, at), reader, counts);
        at += 2L * Integer.BYTES + size + HASH_BYTES;
        blocks++;
      }
    } catch (EOFException e) {
      throw new CommandFailure(
          "%s is cut off: it ends in block %d, which begins at byte %,d; nothing of it was used, get it again".formatted(file, blocks, at), e);
    } catch (IOException e) {
      throw new CommandFailure("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void end(Path file, DataInputStream in, byte[] hash, Map<String, Long> counts, long at) throws IOException {
    long records = in.readLong();
    byte[] said = in.readNBytes(HASH_BYTES);
    if (said.length < HASH_BYTES) {
      throw new EOFException();
    }
    ByteArrayOutputStream end = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(end);
    out.writeInt(0);
    out.writeLong(records);
    long read = counts.values().stream().mapToLong(Long::longValue).sum();
    if (!Arrays.equals(sha256(hash, end.toByteArray()), said) || records != read || in.read() >= 0) {
      throw new CommandFailure(
          "%s is altered: its end, at byte %,d, counts %,d records and there are %,d, or its SHA-256 is not the one behind it, or something follows; nothing of it was used, get it again"
              .formatted(file, at, records, read));
    }
  }

  private static byte[] unpacked(Path file, byte[] packed, int size, int block, long at) {
    byte[] raw;
    try {
      raw = Zstd.decompress(packed, size);
    } catch (ZstdException e) {
      throw altered(file, block, at, "zstd says: " + e.getMessage());
    }
    if (raw.length != size) {
      throw altered(file, block, at, "it has %d bytes unpacked and says %d".formatted(raw.length, size));
    }
    return raw;
  }

  private static void entries(Path file, byte[] raw, Reader reader, Map<String, Long> counts) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(raw));
    for (int kind = in.read(); kind >= 0; kind = in.read()) {
      switch (kind) {
        case 'S' -> {
          int number = in.readInt();
          String topic = in.readUTF();
          byte[] schema = bytes(in);
          reader.schema(number, topic, schema == null ? "" : new String(schema, StandardCharsets.UTF_8));
        }
        case 'R' -> {
          String topic = in.readUTF();
          int schema = in.readInt();
          long timestamp = in.readLong();
          byte[] key = bytes(in);
          byte[] value = bytes(in);
          Map<String, byte @Nullable []> named = new LinkedHashMap<>();
          for (int left = in.readInt(); left > 0; left--) {
            named.put(in.readUTF(), bytes(in));
          }
          Headers headers = new RecordHeaders();
          named.forEach(headers::add);
          counts.merge(topic, 1L, Long::sum);
          reader.record(new Entry(topic, schema, timestamp, key, value, headers));
        }
        default -> throw new CommandFailure("%s has an entry of kind %d, which this version does not know; use the version that wrote it, or a later one".formatted(file, kind));
      }
    }
  }

  private static byte @Nullable [] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length == NONE ? null : in.readNBytes(length);
  }

  private static CommandFailure altered(Path file, int block, long at, String what) {
    return new CommandFailure("%s is altered: block %d, which begins at byte %,d: %s; nothing of it was used, get it again".formatted(file, block, at, what));
  }

  private static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
