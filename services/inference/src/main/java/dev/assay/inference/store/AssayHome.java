package dev.assay.inference.store;

import java.nio.file.Path;
import java.util.Map;

/** Where Assay keeps what it fetches: {@code $ASSAY_HOME}, else {@code assay} in the platform's cache folder. */
public final class AssayHome {
  private AssayHome() {}

  public static Path path() {
    return path(System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
  }

  static Path path(Map<String, String> environment, String system, Path userHome) {
    String given = environment.getOrDefault("ASSAY_HOME", "");
    if (!given.isEmpty()) {
      return Path.of(given).toAbsolutePath();
    }
    // The XDG base directory specification ignores relative paths.
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!cache.isEmpty() && Path.of(cache).isAbsolute()) {
      return Path.of(cache).resolve("assay");
    }
    if (system.startsWith("Mac")) {
      return userHome.resolve("Library/Caches/assay");
    }
    if (system.startsWith("Windows")) {
      String local = environment.getOrDefault("LOCALAPPDATA", "");
      return (local.isEmpty() ? userHome.resolve("AppData/Local") : Path.of(local)).resolve("assay");
    }
    return userHome.resolve(".cache/assay");
  }
}
