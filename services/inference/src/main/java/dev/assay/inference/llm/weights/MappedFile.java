package dev.assay.inference.llm.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file mapped read-only into memory, every access checked against its end. */
final class MappedFile implements AutoCloseable {
  private static final long HASH_STEP = 1 << 24;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final MemorySegment segment;

  private MappedFile(Path path, Arena arena, MemorySegment segment) {
    this.path = path;
    this.arena = arena;
    this.segment = segment;
  }

  // The arena lives as long as the mapping; close() closes it.
  @SuppressWarnings("MustBeClosedChecker")
  static MappedFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return new MappedFile(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  long size() {
    return segment.byteSize();
  }

  /** The bytes {@code [at, at + bytes)}, which {@code what} needs. */
  MemorySegment slice(long at, long bytes, String what) {
    if (at < 0 || bytes < 0 || at > size() - bytes) {
      throw new ModelFileException(
          "%s is truncated or damaged: %s needs the bytes %d to %d, but the file has %d; fetch it again"
              .formatted(path, what, at, at + bytes, size()));
    }
    return segment.asSlice(at, bytes);
  }

  int intAt(long at, String what) {
    return slice(at, Integer.BYTES, what).get(INT, 0);
  }

  long longAt(long at, String what) {
    return slice(at, Long.BYTES, what).get(LONG, 0);
  }

  String text(long at, long bytes, String what) {
    return new String(slice(at, bytes, what).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** The sha256 of the whole file in lower-case hex. */
  String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long at = 0; at < size(); at += HASH_STEP) {
        digest.update(segment.asSlice(at, Math.min(HASH_STEP, size() - at)).asByteBuffer());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Gives back the memory of what was read; what is read again comes from the system's cache of the file. */
  void unload() {
    segment.unload();
  }

  @Override
  public void close() {
    arena.close();
  }
}
