package dev.assay.cli.stack;

import dev.assay.cli.model.NamedModel;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.inference.worker.Worker;
import dev.assay.platform.ChildJvm;
import dev.assay.platform.KafkaSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers that this process has started, one child JVM a model, and who else serves. */
public final class Fleet implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /** Then something is wrong with the model or the machine, and another start would not mend it. */
  private static final int MOST_RESTARTS = 3;

  private final KafkaSettings settings;
  private final Path directory;
  private final Map<NamedModel, ChildJvm> workers = new LinkedHashMap<>();
  private List<Path> adapters = List.of();
  private int restarts;

  /**
   * A fleet without workers.
   *
   * @param directory where the workers' logs go
   */
  public Fleet(KafkaSettings settings, Path directory) {
    this.settings = settings;
    this.directory = directory;
  }

  /** Whether a worker of any process serves the model now. */
  public boolean isServed(String model) {
    String group = Worker.group(model);
    try (Admin admin = Admin.create(settings.admin("assay-fleet"))) {
      KafkaFuture<ShareGroupDescription> described = admin.describeShareGroups(List.of(group)).describedGroups().get(group);
      return !described.get().members().isEmpty();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw new CommandFailure("the broker did not describe the share group " + group + ": " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while the share group " + group + " was described", e);
    }
  }

  /** Lets the workers of weights that are started from now on load the adapters below these folders that checkpoint events name. */
  public void takeAdaptersBelow(List<Path> roots) {
    adapters = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
  }

  /** Starts a worker; it is at work once it has announced itself by {@link #workerId}. */
  public void start(NamedModel model) {
    workers.put(model, child(model));
  }

  /** What a model's worker of this fleet calls itself. */
  public static String workerId(NamedModel model) {
    return model.name() + "@" + ProcessHandle.current().pid();
  }

  /** The names of the models whose workers were started here. */
  public List<String> models() {
    return workers.keySet().stream().map(NamedModel::name).toList();
  }

  /** Where the worker of a model writes what it does. */
  public Path log(NamedModel model) {
    return directory.resolve(childName(model) + ".log");
  }

  /**
   * Starts those again that have ended. What they had in hand is delivered again.
   *
   * @throws CommandFailure with the end of its log, when workers end again and again
   */
  public void tend() {
    for (Map.Entry<NamedModel, ChildJvm> worker : workers.entrySet()) {
      ChildJvm child = worker.getValue();
      if (!child.isAlive()) {
        restarts++;
        if (restarts > MOST_RESTARTS) {
          throw new CommandFailure(
              "the worker of %s ended again and again; the last lines of %s:%n%s"
                  .formatted(worker.getKey().name(), child.logFile(), child.lastLines()));
        }
        LOG.warn("the worker of {} ended and is started again", worker.getKey().name());
        worker.setValue(child(worker.getKey()));
      }
    }
  }

  private ChildJvm child(NamedModel model) {
    List<String> options =
        List.of(
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlogback.configurationFile=dev/assay/cli/console-logback.xml");
    List<String> command = new ArrayList<>(List.of("dev.assay.cli.Assay", "worker", "--model", model.text(), "--id", workerId(model)));
    command.addAll(List.of("--bootstrap-servers", settings.bootstrapServers(), "--schema-registry", settings.registryUrl()));
    if (model.origin() instanceof NamedModel.Origin.Weights) {
      adapters.forEach(root -> command.addAll(List.of("--adapters", root.toString())));
    }
    return ChildJvm.start(
        new ChildJvm.Launch(childName(model), directory, System.getProperty("java.class.path"), options, command));
  }

  private static String childName(NamedModel model) {
    return "worker-" + model.name().replaceAll("[^a-zA-Z0-9._-]", "_");
  }

  /** Lets the workers finish what they have in hand, and ends them. */
  @Override
  public void close() {
    try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
      workers.values().forEach(worker -> closing.execute(worker::close));
    }
  }
}
