package dev.assay.gateway.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.RecordJson;
import dev.assay.platform.LiveTable;
import dev.assay.records.Route;
import io.javalin.http.Context;

/** {@code /v1/routes}: which model answers what kind of question, and why. */
public final class RoutesApi {

  private final LiveTable<Route> routes;

  /** The API over the topic of routes. */
  public RoutesApi(LiveTable<Route> routes) {
    this.routes = routes;
  }

  /** All routes. */
  public void list(Context context) {
    ArrayNode data = Json.array();
    routes.rows().values().forEach(route -> data.add(RecordJson.of(route)));
    Json.answer(context, 200, RunsApi.list(data));
  }
}
