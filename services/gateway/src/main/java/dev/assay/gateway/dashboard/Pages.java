package dev.assay.gateway.dashboard;

import dev.assay.gateway.http.Problem;
import io.javalin.http.Context;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * The dashboard's files. They are read from the class path once, by a list: what is not on the list does not exist, whatever a path says. All
 * that the pages need comes from here, and a browser is told to load nothing from elsewhere and to run no script but these files.
 */
public final class Pages {

  private static final String INDEX = "index.html";
  private static final List<String> OWN =
      List.of(
          INDEX,
          "style.css",
          "icon.svg",
          "main.js",
          "store.js",
          "dom.js",
          "words.js",
          "statistics.js",
          "parts.js",
          "chart.js",
          "leaderboard.js",
          "tasks.js",
          "series.js",
          "agreement.js",
          "positions.js",
          "cost.js",
          "flow.js",
          "question.js");

  /** The chart library, from its WebJar. */
  private static final List<String> LIBRARY = List.of("uPlot.esm.js", "uPlot.min.css");

  private static final String WEBJAR_PROPERTIES = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html;charset=utf-8",
          "css", "text/css;charset=utf-8",
          "js", "text/javascript;charset=utf-8",
          "svg", "image/svg+xml");

  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Map<String, Page> pages = new HashMap<>();

  private static final class Page {
    private final String type;
    private final byte[] bytes;
    private final String tag;

    Page(String type, byte[] bytes, String tag) {
      this.type = type;
      this.bytes = bytes;
      this.tag = tag;
    }
  }

  /**
   * Reads all files.
   *
   * @throws IllegalStateException when one is not on the class path
   */
  public Pages() {
    String version = libraryVersion();
    OWN.forEach(name -> pages.put(name, page(name, name)));
    LIBRARY.forEach(name -> pages.put(name, page(name, "/META-INF/resources/webjars/uplot/%s/dist/%s".formatted(version, name))));
  }

  /** The page that everything begins with. */
  public void index(Context context) {
    answer(context, INDEX);
  }

  /** One of the files. */
  public void file(Context context) {
    answer(context, context.pathParam("file"));
  }

  private void answer(Context context, String name) {
    Page page = pages.get(name);
    if (page == null) {
      throw Problem.of(Problem.NOT_FOUND, null, "the dashboard has no such file; it begins at /");
    }
    context.header("Content-Security-Policy", POLICY);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Referrer-Policy", "no-referrer");
    // A browser asks each time and is mostly told that nothing has changed: a gateway of another version shows its own pages at once.
    context.header("Cache-Control", "no-cache");
    context.header("ETag", page.tag);
    if (page.tag.equals(context.header("If-None-Match"))) {
      context.status(304);
    } else {
      context.contentType(page.type).result(page.bytes);
    }
  }

  private static Page page(String name, String resource) {
    byte[] bytes = read(resource);
    String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new Page(type, bytes, "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The version that the build has put on the class path; the WebJar has it in its paths. */
  private static String libraryVersion() {
    Properties properties = new Properties();
    try {
      properties.load(new ByteArrayInputStream(read(WEBJAR_PROPERTIES)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + WEBJAR_PROPERTIES, e);
    }
    return properties.getProperty("version", "");
  }

  private static byte[] read(String resource) {
    try (InputStream in = Pages.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("a file of the dashboard is not on the class path; expected it at " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }
}
