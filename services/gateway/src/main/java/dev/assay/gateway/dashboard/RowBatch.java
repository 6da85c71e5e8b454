package dev.assay.gateway.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.Json;
import dev.assay.records.MetricRow;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * Metric rows as one event: each text once, and each row as a list of numbers, those of texts being places in the list of texts. A run of
 * twenty models and sixty tasks has tens of thousands of rows, which say the same few names again and again.
 */
final class RowBatch {

  private final ObjectNode event = Json.object();
  private final ArrayNode texts = event.putArray("texts");
  private final ArrayNode rows = event.putArray("rows");
  private final ArrayNode gone = event.putArray("gone");
  private final Map<String, Integer> places = new HashMap<>();

  /** Adds a row: run, scope, task, metric, model, checkpoint, other (-1 for none), n, mean, error, low, high, error by task, sum, squares. */
  void add(MetricRow row) {
    ArrayNode values = rows.addArray();
    values.add(place(row.getRun()));
    values.add(place(row.getScope().name()));
    values.add(place(row.getTask()));
    values.add(place(row.getMetric()));
    values.add(place(row.getModel()));
    values.add(place(row.getCheckpoint()));
    String other = row.getOther();
    values.add(other == null ? -1 : place(other));
    values.add(row.getN());
    values.add(row.getMean());
    values.add(row.getStandardError());
    values.add(row.getLow());
    values.add(row.getHigh());
    values.add(row.getStandardErrorClustered());
    values.add(number(row.getSum()));
    values.add(number(row.getSumOfSquares()));
  }

  /** Says that there is no row of this key any more. */
  void remove(String key) {
    gone.add(key);
  }

  int size() {
    return rows.size() + gone.size();
  }

  ObjectNode event() {
    return event;
  }

  private int place(String text) {
    return places.computeIfAbsent(
        text,
        added -> {
          texts.add(added);
          return texts.size() - 1;
        });
  }

  private static double number(String decimal) {
    return new BigDecimal(decimal).doubleValue();
  }
}
