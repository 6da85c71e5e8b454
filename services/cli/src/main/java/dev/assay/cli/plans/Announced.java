package dev.assay.cli.plans;

import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints that were announced, in the order of the log. The same name with the same files is the same checkpoint, however often it is
 * announced; with other files it is another one, which has taken the name. For one thread.
 */
public final class Announced {

  private final Map<String, Checkpoint> byIdentity = new LinkedHashMap<>();
  private final Map<String, String> standing = new LinkedHashMap<>();

  /** Takes an event; without a checkpoint the name is withdrawn. */
  public void take(String name, @Nullable Checkpoint checkpoint) {
    if (checkpoint == null) {
      standing.remove(name);
    } else {
      String sha256 = sha256(checkpoint);
      byIdentity.putIfAbsent(identity(name, sha256), checkpoint);
      standing.put(name, sha256);
    }
  }

  /** All whose names stand for them now, the first announced first. */
  public List<Checkpoint> standing() {
    return byIdentity.values().stream().filter(one -> sha256(one).equals(standing.get(one.getName()))).toList();
  }

  /** The hash of the files that a name stands for now; empty when it was withdrawn or never announced. */
  public Optional<String> standing(String name) {
    return Optional.ofNullable(standing.get(name));
  }

  /**
   * The furthest of those that make a checkpoint an old one: of the same training, announced after it, and of a later step. One that comes
   * late itself is no older for it.
   */
  public Optional<Checkpoint> newer(String name, String sha256) {
    Checkpoint own = byIdentity.get(identity(name, sha256));
    if (own == null) {
      return Optional.empty();
    }
    List<Checkpoint> inOrder = new ArrayList<>(byIdentity.values());
    return inOrder.subList(inOrder.indexOf(own) + 1, inOrder.size()).stream()
        .filter(other -> other.getJob().equals(own.getJob()) && String.valueOf(other.getBase()).equals(String.valueOf(own.getBase())))
        .filter(other -> other.getStep() > own.getStep() && standing.containsKey(other.getName()))
        .max(Comparator.comparingLong(Checkpoint::getStep));
  }

  /** What tells the files of two checkpoints apart: 64 hex digits over their names and hashes, in whatever order they are listed. */
  public static String sha256(Checkpoint checkpoint) {
    MessageDigest digest = digest();
    checkpoint.getFiles().stream()
        .sorted(Comparator.comparing(CheckpointFile::getPath))
        .forEach(file -> digest.update((file.getPath() + "\0" + file.getSha256() + "\n").getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String identity(String name, String sha256) {
    return name + "\0" + sha256;
  }
}
