package dev.assay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/** The questions that come with Assay, as a folder on the class path. */
final class Starter {
  /** Begins the names of its tasks. */
  static final String PREFIX = "starter/";

  private Starter() {}

  /** The folder; inside a jar its file system stays open for the life of the process. */
  static Path folder() {
    return Opened.FOLDER;
  }

  private static final class Opened {
    private static final String FOLDER_NAME = "/starter";
    static final Path FOLDER = open();

    private static Path open() {
      // A file, because not every jar has entries for its folders.
      URL url = Starter.class.getResource(FOLDER_NAME + "/truthfulqa/TruthfulQA.csv");
      if (url == null) {
        throw new IllegalStateException("The starter benchmark is missing from the class path: expected a folder /starter, so rebuild Assay");
      }
      try {
        URLConnection connection = url.openConnection();
        if (connection instanceof JarURLConnection jar) {
          Path file = Path.of(jar.getJarFileURL().toURI());
          return FileSystems.newFileSystem(file).getPath(FOLDER_NAME);
        }
        return Path.of(url.toURI()).resolveSibling("..").normalize();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot open the starter benchmark at " + url, e);
      } catch (URISyntaxException e) {
        throw new IllegalStateException("The starter benchmark lies at no file: " + url, e);
      }
    }
  }
}
