package dev.assay.gateway.openai;

import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.exchange.Router;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Problem;
import dev.assay.records.Model;
import java.util.List;
import java.util.Optional;

/**
 * The model that is asked, and why it is that one.
 *
 * @param model the model
 * @param why in words
 */
public record Choice(Model model, String why) {

  /** The model for texts: the one that a request names, or the one that the router takes for them. */
  public static Choice of(Models models, Router router, Fields fields, String parameter, List<?> asked) {
    if (!fields.text("model").filter(Router.NAME::equals).isPresent()) {
      return of(models, fields, true);
    }
    List<String> texts = asked.stream().filter(String.class::isInstance).map(String.class::cast).toList();
    if (texts.size() < asked.size()) {
      throw Problem.invalid(parameter, "%s has tokens, and %s reads texts; name a model, or send the text".formatted(parameter, Router.NAME));
    }
    Router.Routed routed = router.route(parameter, texts);
    return new Choice(routed.model(), routed.why());
  }

  /** The model that a request names; where it may name none, the gateway's own. */
  public static Choice of(Models models, Fields fields, boolean required) {
    Optional<String> name = fields.text("model");
    if (name.filter(Router.NAME::equals).isPresent()) {
      throw Problem.invalid("model", "%s only answers completions and chats, since each text may have another model; name one of /v1/models".formatted(Router.NAME));
    }
    if (name.isEmpty() && required) {
      throw fields.missing("model", "the name of a model, see /v1/models");
    }
    return name.map(given -> new Choice(models.find(given), "asked for by name"))
        .orElseGet(() -> new Choice(models.standard(), "the gateway's standard model"));
  }
}
