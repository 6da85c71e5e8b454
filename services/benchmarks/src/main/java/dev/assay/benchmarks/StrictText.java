package dev.assay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads whole files as UTF-8 and refuses the first byte that is not. */
final class StrictText {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private StrictText() {}

  /** The text of the file without a byte order mark; throws {@link BenchmarkFileException} naming line and byte when it is not UTF-8. */
  static String read(Path file) {
    byte[] bytes = bytes(file);
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    // UTF-8 never needs more chars than bytes, so one buffer suffices and no overflow can occur.
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      throw malformed(file, bytes, in.position());
    }
    decoder.flush(out);
    String text = out.flip().toString();
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      BenchmarkFileException missing =
          new BenchmarkFileException(file, 0, "no such file", "a readable file", "check the folder given as --data");
      missing.initCause(e);
      throw missing;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  private static BenchmarkFileException malformed(Path file, byte[] bytes, int at) {
    int line = 1;
    for (int i = 0; i < at; i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    String got = "byte 0x%02x at offset %d".formatted(bytes[at] & 0xff, at);
    return new BenchmarkFileException(file, line, got, "UTF-8 text", "convert the file to UTF-8");
  }
}
