package dev.assay.gateway.health;

import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.exchange.Router;
import dev.assay.platform.Meters;
import dev.assay.records.Model;
import io.javalin.http.Context;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** {@code /metrics}: the gateway's meters, and what only the broker knows of the models: who serves, and what waits. */
public final class GatewayMeters implements AutoCloseable {

  private static final String BEGUN = "begun";
  private static final List<Duration> BORDERS =
      List.of(10, 30, 60, 100, 200, 500, 1_000, 3_000, 10_000, 60_000).stream().map(Duration::ofMillis).toList();

  private final Meters meters = new Meters("gateway");
  private final Models models;
  private final MultiGauge workers;
  private final MultiGauge waiting;

  /** The meters of a gateway. */
  public GatewayMeters(Exchange exchange, Models models, Router router) {
    this.models = models;
    countRouted(router, "route", Router::byRoute);
    countRouted(router, "fallback", Router::fallbacks);
    Gauge.builder("assay.gateway.requests.open", exchange, Exchange::open)
        .description("requests to workers that are open")
        .register(meters.registry());
    this.workers =
        MultiGauge.builder("assay.model.workers").description("workers that serve the model now").register(meters.registry());
    this.waiting =
        MultiGauge.builder("assay.model.requests.waiting")
            .description("requests that the model's workers have not settled, those in their hands among them")
            .register(meters.registry());
  }

  private void countRouted(Router router, String by, ToDoubleFunction<Router> count) {
    FunctionCounter.builder("assay.router.requests", router, count)
        .description("requests to @router, by the route of their task type or by a fallback")
        .tag("by", by)
        .register(meters.registry());
  }

  /** A request begins. */
  public static void begin(Context context) {
    context.attribute(BEGUN, System.nanoTime());
  }

  /** It was answered. */
  public void end(Context context, String path) {
    Long begun = context.attribute(BEGUN);
    if (begun == null) {
      return;
    }
    Timer.builder("assay.gateway.request")
        .description("from the request to the end of its answer")
        .tags(Tags.of("method", context.method().name(), "path", path, "status", Integer.toString(context.statusCode())))
        .serviceLevelObjectives(BORDERS.toArray(Duration[]::new))
        .register(meters.registry())
        .record(Duration.ofNanos(System.nanoTime() - begun));
  }

  /** All meters as they are now. */
  public void show(Context context) {
    workers.register(rows(model -> models.workers(model.getName())), true);
    waiting.register(rows(model -> models.waiting(model.getName())), true);
    context.contentType(Meters.CONTENT_TYPE).result(meters.scrape());
  }

  private List<MultiGauge.Row<?>> rows(ToDoubleFunction<Model> value) {
    return models.all().stream().<MultiGauge.Row<?>>map(model -> MultiGauge.Row.of(Tags.of("model", model.getName()), value.applyAsDouble(model))).toList();
  }

  @Override
  public void close() {
    meters.close();
  }
}
