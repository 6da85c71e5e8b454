package dev.assay.cli.operations;

import dev.assay.platform.Health;
import dev.assay.platform.Meters;
import dev.assay.platform.OperationsServer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and where a service tells operators how it is. */
public final class OperationsChoice {

  private static final String LOOPBACK = "127.0.0.1";

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description = "Answer /metrics (Prometheus), /health/live and /health/ready on this port; 0 for any that is free (default: do not).")
  private @Nullable Integer port;

  @Option(
      names = "--metrics-host",
      paramLabel = "ADDRESS",
      defaultValue = LOOPBACK,
      description = "Interface of --metrics-port (default: ${DEFAULT-VALUE}, this machine alone).")
  private String host = LOOPBACK;

  /**
   * What answers operators, until it is closed.
   *
   * @param server the server; null where none was chosen
   * @param meters what it shows
   */
  public record Running(@Nullable OperationsServer server, @Nullable Meters meters) implements AutoCloseable {

    /** The port that is listened to; 0 where none is. */
    public int port() {
      return server == null ? 0 : server.port();
    }

    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
      if (meters != null) {
        meters.close();
      }
    }
  }

  /**
   * Begins to answer, if that was chosen.
   *
   * @param service what the process is
   * @param meters its own meters
   * @param readiness how its parts are, asked at each question
   */
  public Running start(String service, MeterBinder meters, Supplier<List<Health>> readiness) {
    if (port == null) {
      return new Running(null, null);
    }
    Meters all = new Meters(service);
    meters.bindTo(all.registry());
    return new Running(OperationsServer.start(host, port, all, readiness), all);
  }
}
