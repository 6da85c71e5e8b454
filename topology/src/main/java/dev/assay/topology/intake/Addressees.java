package dev.assay.topology.intake;

import dev.assay.records.Prompt;
import dev.assay.records.Routed;
import dev.assay.schemas.RouteRule;
import dev.assay.topology.routing.Votes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whom a prompt asks.
 *
 * @param names as the prompt has them, each once
 * @param routed the model that is asked for {@code @router}; empty where that is not named, or not decided yet
 */
record Addressees(List<String> names, Optional<Routed> routed) {
  /** Those of a prompt. */
  static Addressees of(Prompt prompt, List<String> defaultModels, Optional<Routed> routed) {
    return new Addressees((prompt.getModels().isEmpty() ? defaultModels : prompt.getModels()).stream().distinct().toList(), routed);
  }

  /** Whether the prompt asks for the model that a route names. */
  boolean wantRouter() {
    return names.contains(RouteRule.ROUTER);
  }

  /** The models that requests go to: those named, and the router's, each once. */
  List<String> models() {
    List<String> models = new ArrayList<>(names.stream().filter(name -> !Votes.isVirtual(name)).toList());
    routed.map(Routed::getModel).filter(model -> !models.contains(model)).ifPresent(models::add);
    return models;
  }

  /** Names that no worker ever serves and no route leads to. */
  List<String> unaskable() {
    return names.stream().filter(name -> Votes.isVirtual(name) && !name.equals(RouteRule.ROUTER)).toList();
  }
}
