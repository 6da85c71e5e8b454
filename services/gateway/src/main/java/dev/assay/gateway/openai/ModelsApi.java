package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.records.Model;
import io.javalin.http.Context;

/** {@code /v1/models}: what may be asked. */
public final class ModelsApi {

  private final Models models;

  /** The API over the announced models. */
  public ModelsApi(Models models) {
    this.models = models;
  }

  /** All models. */
  public void list(Context context) {
    ObjectNode body = Json.object();
    body.put("object", "list");
    ArrayNode data = body.putArray("data");
    models.all().forEach(model -> data.add(describe(model)));
    Json.answer(context, 200, body);
  }

  /** One model. */
  public void one(Context context) {
    String name = context.pathParam("model");
    Model model =
        models.all().stream()
            .filter(found -> found.getName().equals(name))
            .findFirst()
            .orElseThrow(() -> Problem.unknownModel("the model '%s' does not exist; see /v1/models".formatted(name)));
    Json.answer(context, 200, describe(model));
  }

  private ObjectNode describe(Model model) {
    ObjectNode one = Json.object();
    one.put("id", model.getName());
    one.put("object", "model");
    one.put("created", model.getAnnouncedAt().getEpochSecond());
    one.put("owned_by", "assay");
    ObjectNode more = one.putObject("assay");
    more.put("checkpoint", model.getCheckpoint());
    more.put("kind", model.getKind());
    more.put("context_tokens", model.getContextTokens());
    more.put("parameters", model.getParameters());
    more.put("workers", models.workers(model.getName()));
    return one;
  }
}
