package dev.assay.topology.routing;

import dev.assay.topology.routing.policy.Choice;
import dev.assay.topology.routing.policy.GuardedPolicy;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.StreamsMetrics;

/**
 * Counts the choices that were not the policy's own, as the metric {@code fallback-total} of the group {@code stream-route-metrics}.
 *
 * @param sensor of one processor
 */
public record Fallbacks(Sensor sensor) {

  /** The count of one processor, which is named. */
  public static Fallbacks of(StreamsMetrics metrics, String processor) {
    return new Fallbacks(metrics.addRateTotalSensor("route", processor, "fallback", Sensor.RecordingLevel.INFO));
  }

  void count(Choice choice) {
    count(GuardedPolicy.isFallback(choice));
  }

  /** Counts a choice that is one. */
  public void count(boolean isFallback) {
    if (isFallback) {
      sensor.record();
    }
  }
}
