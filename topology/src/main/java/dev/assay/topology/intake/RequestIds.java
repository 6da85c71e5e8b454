package dev.assay.topology.intake;

import dev.assay.records.Generate;
import dev.assay.records.Score;
import dev.assay.records.Variant;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names a piece of work by what it is: equal work has an equal id, so that a request made twice is known to be the same. */
final class RequestIds {
  private static final int HASH_BYTES = 8;

  private RequestIds() {}

  /** {@code run/prompt/model/hash}, the hash being the first 16 hex digits of the SHA-256 of the prefix and the work. */
  static String of(String run, String prompt, String model, String workHash) {
    return run + '/' + prompt + '/' + model + '/' + workHash;
  }

  /** 16 hex digits that tell one work from another. */
  static String hash(String prefix, Object work) {
    MessageDigest digest = sha256();
    add(digest, prefix);
    switch (work) {
      case Score score -> {
        for (Variant variant : score.getVariants()) {
          add(digest, variant.getSuffix());
          variant.getContinuations().forEach(continuation -> add(digest, continuation));
        }
      }
      case Generate generate -> {
        add(digest, generate.getSuffix());
        generate.getStop().forEach(stop -> add(digest, stop));
        digest.update(
            ByteBuffer.allocate(2 * Integer.BYTES + 3 * Long.BYTES)
                .putInt(generate.getMaxTokens())
                .putInt(generate.getTopK())
                .putDouble(generate.getTemperature())
                .putDouble(generate.getTopP())
                .putLong(generate.getSeed())
                .array());
      }
      default -> throw new IllegalStateException("unknown work " + work.getClass());
    }
    return HexFormat.of().formatHex(digest.digest(), 0, HASH_BYTES);
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
