package dev.assay.cli;

import dev.assay.cli.routes.TextMeaning;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.topology.routing.RouterSettings;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether routing runs beside the usual stages, and by which policy. */
final class RoutingChoice {

  static final String TASK_TYPE = "task-type";

  @Option(
      names = "--routing",
      arity = "0..1",
      paramLabel = "POLICY",
      fallbackValue = TASK_TYPE,
      description =
          "Run the routing too, which adds the rows of @ensemble, @oracle and @router: task-type (when none is named), rules:…, cascade:…, nearest, cost:SHARE")
  private @Nullable String policy;

  /** How routing decides; empty when it was not asked for. */
  Optional<RouterSettings> settings() {
    return Optional.ofNullable(policy).map(named -> settings(named, RouterSettings.DEFAULT_PATIENCE, false));
  }

  /**
   * Reads a policy.
   *
   * @throws CommandFailure when there is none such
   */
  static RouterSettings settings(String policy, Duration patience, boolean anew) {
    try {
      return RouterSettings.parse(policy, patience, anew, TextMeaning::shared);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure("--policy: " + e.getMessage(), e);
    }
  }
}
