package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.exchange.Router;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.records.Model;
import dev.assay.records.Route;
import io.javalin.http.Context;
import java.time.Instant;

/** {@code /v1/models}: what may be asked. */
public final class ModelsApi {

  private final Models models;
  private final Router router;

  /** The API over the announced models. */
  public ModelsApi(Models models, Router router) {
    this.models = models;
    this.router = router;
  }

  /** All models. */
  public void list(Context context) {
    ObjectNode body = Json.object();
    body.put("object", "list");
    ArrayNode data = body.putArray("data");
    models.all().forEach(model -> data.add(describe(model)));
    data.add(describeRouter());
    Json.answer(context, 200, body);
  }

  /** One model. */
  public void one(Context context) {
    String name = context.pathParam("model");
    if (name.equals(Router.NAME)) {
      Json.answer(context, 200, describeRouter());
      return;
    }
    Model model =
        models.all().stream()
            .filter(found -> found.getName().equals(name))
            .findFirst()
            .orElseThrow(() -> Problem.unknownModel("the model '%s' does not exist; see /v1/models".formatted(name)));
    Json.answer(context, 200, describe(model));
  }

  private ObjectNode describe(Model model) {
    return describe(
        model.getName(),
        model.getAnnouncedAt(),
        model.getCheckpoint(),
        model.getKind(),
        model.getContextTokens(),
        model.getParameters(),
        models.workers(model.getName()));
  }

  /** The router has no weights and no window of its own; its workers are those of the models that its routes name. */
  private ObjectNode describeRouter() {
    int workers = router.routes().stream().map(Route::getModel).distinct().mapToInt(models::workers).sum();
    return describe(Router.NAME, router.decidedAt().orElse(Instant.EPOCH), "", "router", 0, 0, workers);
  }

  private static ObjectNode describe(
      String name, Instant created, String checkpoint, String kind, int contextTokens, long parameters, int workers) {
    ObjectNode one = Json.object();
    one.put("id", name);
    one.put("object", "model");
    one.put("created", created.getEpochSecond());
    one.put("owned_by", "assay");
    ObjectNode more = one.putObject("assay");
    more.put("checkpoint", checkpoint);
    more.put("kind", kind);
    more.put("context_tokens", contextTokens);
    more.put("parameters", parameters);
    more.put("workers", workers);
    return one;
  }
}
