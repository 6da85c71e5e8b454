package dev.assay.topology;

import dev.assay.records.Envelope;
import dev.assay.records.Prompt;
import dev.assay.schemas.RouteRule;
import java.util.List;

/**
 * What a lost record was about, as far as it could be read. The stages that count losses compare these, so overlong parts are cut in one
 * place: here.
 *
 * @param run the run, or empty when it could not be read
 * @param prompt the prompt's id, or empty when it could not be read
 * @param model the model that the loss concerns, or empty when it concerns every model of the prompt
 */
public record Subject(String run, String prompt, String model) {

  /** Nothing could be read. */
  public static final Subject UNKNOWN = new Subject("", "", "");

  /** Beyond every legal name; keeps a header, and so a dead letter, from outgrowing what a broker takes. */
  private static final int LONGEST_PART = 300;

  /** Cuts each part to 300 characters. */
  public Subject {
    run = cut(run);
    prompt = cut(prompt);
    model = cut(model);
  }

  /** A prompt with all its models. */
  public static Subject of(Prompt prompt) {
    return new Subject(prompt.getRun(), prompt.getId(), "");
  }

  /** One model's work on a prompt. */
  public static Subject of(Envelope envelope, String model) {
    return new Subject(envelope.getRun(), envelope.getPrompt(), model);
  }

  /**
   * The names that a model's answer counts for: its own, unless the prompt asks {@code @router} alone for it, and the router's where the model was
   * asked for it.
   */
  public static List<String> names(Envelope envelope, String model) {
    if (!isRouted(envelope, model)) {
      return List.of(model);
    }
    return envelope.getModels().contains(model) ? List.of(model, RouteRule.ROUTER) : List.of(RouteRule.ROUTER);
  }

  /** Whether a model was asked for {@code @router}. */
  public static boolean isRouted(Envelope envelope, String model) {
    return envelope.getRouted() != null && envelope.getRouted().getModel().equals(model);
  }

  /** What is lost with a model's answer: its work on a prompt, under each name that it counts for. */
  public static List<Subject> all(Envelope envelope, String model) {
    return names(envelope, model).stream().map(name -> of(envelope, name)).toList();
  }

  /** The same prompt, one model. */
  public Subject withModel(String name) {
    return new Subject(run, prompt, name);
  }

  private static String cut(String part) {
    return part.length() <= LONGEST_PART ? part : part.substring(0, LONGEST_PART);
  }
}
