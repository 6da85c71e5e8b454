package dev.assay.platform;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two ports of an embedded service, remembered in its directory, so that a restart is found where the last run was. */
final class PortBook {

  private static final Logger LOG = LoggerFactory.getLogger(PortBook.class);

  private static final String FILE = "ports.properties";

  private PortBook() {}

  /**
   * The ports of one service.
   *
   * @param main where clients connect
   * @param internal the service's own second port
   */
  record Pair(int main, int internal) {}

  /**
   * Settles the ports of a service.
   *
   * @param directory the service's directory
   * @param wanted the main port; 0 for the last run's, or any free one
   * @param service the service, for messages
   * @throws StackException if the wanted port is taken
   */
  static Pair settle(Path directory, int wanted, String service) throws IOException {
    if (wanted < 0 || wanted > Ports.MAX) {
      throw new StackException("The %s's port must be in [0, %d]; got %d.".formatted(service, Ports.MAX, wanted));
    }
    if (wanted > 0) {
      Ports.requireFree(wanted, service);
    }
    Files.createDirectories(directory);
    Path file = directory.resolve(FILE);
    Properties remembered = read(file);
    int main = wanted > 0 ? wanted : rememberedOrFree(remembered, "main", service, 0);
    int internal = rememberedOrFree(remembered, "internal", service, main);
    write(file, main, internal);
    return new Pair(main, internal);
  }

  private static int rememberedOrFree(Properties remembered, String key, String service, int not) {
    int last = Integer.parseInt(remembered.getProperty(key, "0"));
    if (last > 0 && last != not && Ports.isFree(last)) {
      return last;
    }
    int[] free = Ports.free(2);
    int chosen = free[0] == not ? free[1] : free[0];
    if (last > 0 && last != not) {
      LOG.warn("The {}'s last port {} is taken by another program; it gets {}.", service, last, chosen);
    }
    return chosen;
  }

  private static Properties read(Path file) throws IOException {
    Properties remembered = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        remembered.load(reader);
      }
    }
    return remembered;
  }

  private static void write(Path file, int main, int internal) throws IOException {
    Properties ports = new Properties();
    ports.setProperty("main", Integer.toString(main));
    ports.setProperty("internal", Integer.toString(internal));
    try (Writer writer = Files.newBufferedWriter(file)) {
      ports.store(writer, null);
    }
  }
}
