package dev.assay.gateway;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Registries;
import io.javalin.Javalin;
import io.javalin.util.JavalinBindException;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway: models, evaluations and checkpoints over HTTP. It keeps nothing; all that it shows is in topics. */
public final class Gateway implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final GatewayOptions options;
  private final Sources sources;
  private final Javalin server;

  private Gateway(GatewayOptions options, Sources sources, Javalin server) {
    this.options = options;
    this.sources = sources;
    this.server = server;
  }

  /**
   * Starts a gateway beside a broker and a registry that have Assay's topics and schemas.
   *
   * @throws GatewayException when the port is taken
   */
  public static Gateway start(KafkaSettings settings, GatewayOptions options) {
    String instance = UUID.randomUUID().toString().substring(0, 8);
    Sources sources = new Sources(settings, Registries.connect(settings.registryUrl()), options, instance);
    try {
      Javalin server = server(new Endpoints(sources), options);
      server.start(options.host(), options.port());
      Gateway gateway = new Gateway(options, sources, server);
      gateway.awaitListening();
      LOG.info("The gateway {} listens on {}", instance, gateway.address());
      return gateway;
    } catch (JavalinBindException e) {
      sources.close();
      throw new GatewayException(
          "port %d of %s is taken, perhaps by another gateway; end that, or choose another port".formatted(options.port(), options.host()), e);
    } catch (RuntimeException e) {
      sources.close();
      throw e;
    }
  }

  private static Javalin server(Endpoints endpoints, GatewayOptions options) {
    return Javalin.create(
        config -> {
          config.startup.showJavalinBanner = false;
          // A handler waits for a model without holding a thread of the system's.
          config.concurrency.useVirtualThreads = true;
          config.http.prefer405over404 = true;
          config.http.maxRequestSize = options.limits().bodyBytes();
          config.jetty.modifyServer(
              server -> {
                // What is no HTTP never reaches a route; it must not be answered with the inside of the server.
                ErrorHandler plain = new ErrorHandler();
                plain.setShowStacks(false);
                plain.setShowCauses(false);
                plain.setDefaultResponseMimeType("application/json");
                server.setErrorHandler(plain);
              });
          config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
          endpoints.addTo(config.routes);
        });
  }

  private void awaitListening() {
    long until = System.nanoTime() + READY.toNanos();
    while (!(sources.exchange().listening() && sources.tables().values().stream().allMatch(table -> table.ready()))) {
      if (System.nanoTime() > until) {
        LOG.warn("The gateway starts before the broker answers; it answers 503 until then");
        return;
      }
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The address of its root. */
  public String address() {
    return "http://%s:%d".formatted(options.host(), server.port());
  }

  @Override
  public void close() {
    server.stop();
    sources.close();
  }
}
