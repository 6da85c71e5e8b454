package dev.assay.platform;

/**
 * Choices of an embedded stack.
 *
 * @param brokerPort port of the broker in [0, 65535]; 0 for the last run's or any free one
 * @param registryPort port of the schema registry, likewise
 */
public record StackOptions(int brokerPort, int registryPort) {

  /** Validates the ports. */
  public StackOptions {
    requirePort("broker", brokerPort);
    requirePort("schema registry", registryPort);
    if (brokerPort == registryPort && brokerPort != 0) {
      throw new IllegalArgumentException("broker and schema registry cannot share port " + brokerPort);
    }
  }

  /** The last run's ports, or free ones. */
  public static StackOptions defaults() {
    return new StackOptions(0, 0);
  }

  private static void requirePort(String what, int port) {
    if (port < 0 || port > Ports.MAX) {
      throw new IllegalArgumentException("%s port must be in [0, %d]; got %d".formatted(what, Ports.MAX, port));
    }
  }
}
