package dev.assay.gateway.openai;

import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Fields;
import dev.assay.records.Model;
import java.util.Optional;

/**
 * The model that is asked, and why it is that one.
 *
 * @param model the model
 * @param why in words
 */
public record Choice(Model model, String why) {

  /** The model that a request names; where it may name none, the gateway's own. */
  public static Choice of(Models models, Fields fields, boolean required) {
    Optional<String> name = fields.text("model");
    if (name.isEmpty() && required) {
      throw fields.missing("model", "the name of a model, see /v1/models");
    }
    return name.map(given -> new Choice(models.find(given), "asked for by name"))
        .orElseGet(() -> new Choice(models.standard(), "the gateway's standard model"));
  }
}
