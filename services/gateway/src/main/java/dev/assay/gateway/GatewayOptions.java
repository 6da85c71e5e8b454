package dev.assay.gateway;

import dev.assay.gateway.evaluation.RunQuestions;
import dev.assay.gateway.exchange.Limits;
import dev.assay.records.TaskType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a gateway listens.
 *
 * @param host the interface; {@code 127.0.0.1} is for this machine alone
 * @param port 0 for any that is free
 * @param model the model for requests that name none
 * @param limits how much it lets in
 * @param typing tells what kind of question a text asks, for the router
 * @param questions makes the prompts of runs that clients start
 * @param roots checkpoints that clients announce must lie below one of these folders; empty leaves that to the workers, which have their own
 */
public record GatewayOptions(
    String host, int port, Optional<String> model, Limits limits, Function<String, TaskType> typing, RunQuestions questions, List<Path> roots) {

  /** This machine alone. */
  public static final String LOOPBACK = "127.0.0.1";

  /** The port, where it is free. */
  public static final int STANDARD_PORT = 8787;

  /** Refuses what is no port. */
  public GatewayOptions {
    roots = List.copyOf(roots);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be from 0 to 65535; got " + port);
    }
  }

  /** For this machine alone, on a port; runs are started with the questions themselves. */
  public static GatewayOptions onPort(int port, Function<String, TaskType> typing) {
    return new GatewayOptions(LOOPBACK, port, Optional.empty(), Limits.defaults(), typing, RunQuestions.GIVEN_ONLY, List.of());
  }

  /** The same with another maker of prompts. */
  public GatewayOptions withQuestions(RunQuestions other) {
    return new GatewayOptions(host, port, model, limits, typing, other, roots);
  }
}
