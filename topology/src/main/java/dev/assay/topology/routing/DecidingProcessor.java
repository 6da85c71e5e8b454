package dev.assay.topology.routing;

import dev.assay.records.MetricRow;
import dev.assay.records.Route;
import dev.assay.records.Scope;
import dev.assay.records.TaskType;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Alarm;
import dev.assay.topology.StoreKey;
import dev.assay.topology.routing.policy.Cell;
import dev.assay.topology.routing.policy.Choice;
import dev.assay.topology.routing.policy.GuardedPolicy;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Query;
import dev.assay.topology.routing.policy.TaskTypePolicy;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.tables.Metrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cells of the task types and decides again, a second after they changed, which model each task type goes to. A route is written when
 * another model or exploration is decided, and when the evidence behind it has doubled.
 *
 * <p>Of a model's cells at a task type, one for each run and checkpoint, that with most questions counts: the same questions asked in two runs
 * are no more evidence than one.
 */
final class DecidingProcessor implements Processor<String, byte[], String, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(DecidingProcessor.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  /** A model with fewer questions than this is explored. */
  static final long LEAST_KNOWN = 50;

  /** Share of the questions by which it is. */
  static final double EXPLORE_SHARE = 0.05;

  /** What answers of a task type are measured by: the first of these that a model has. */
  private static final List<String> MEASURES =
      List.of(Metrics.ACCURACY_MEAN_LOGPROB, "exact_match_indicator", "final_number_exact_match", "exact_match", "quasi_exact_match", "rouge_2", "rouge_l");

  private final RecordCodec<MetricRow> rows;
  private final RecordCodec<Route> routes;
  private final GuardedPolicy policy;
  private final boolean decides;
  private final Set<TaskType> changed = EnumSet.noneOf(TaskType.class);
  private Fallbacks fallbacks;
  private Alarm alarm;
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> cells;
  private KeyValueStore<String, byte[]> decided;
  private RoutesInForce inForce;

  DecidingProcessor(RecordCodec<MetricRow> rows, RecordCodec<Route> routes, RouterSettings settings) {
    this.rows = rows;
    this.routes = routes;
    this.policy = new GuardedPolicy(settings.policy());
    this.decides = !settings.perQuestion();
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    this.fallbacks = Fallbacks.of(context.metrics(), "types-" + context.taskId());
    this.cells = context.getStateStore(Routing.CELLS_STORE);
    this.decided = context.getStateStore(Routing.DECIDED_STORE);
    this.inForce = new RoutesInForce(context.getStateStore(RoutesInForce.STORE), routes);
    changed.addAll(EnumSet.allOf(TaskType.class));
    this.alarm = new Alarm(context, TICK, this::decide);
    alarm.set();
  }

  @Override
  public void process(Record<String, byte[]> record) {
    if (!decides || record.key() == null || record.value() == null) {
      return;
    }
    MetricRow row;
    try {
      row = rows.decode(record.value());
    } catch (UndecodableRecordException e) {
      return;
    }
    Optional<TaskType> type = type(row);
    if (type.isPresent()) {
      cells.put(StoreKey.of(row.getTask(), row.getMetric(), row.getModel(), row.getRun(), row.getCheckpoint()), record.value());
      changed.add(type.get());
      alarm.set();
    }
  }

  private static Optional<TaskType> type(MetricRow row) {
    boolean wanted =
        row.getScope() == Scope.TASK_TYPE && row.getOther() == null && !Votes.isVirtual(row.getModel()) && MEASURES.contains(row.getMetric());
    return wanted ? Arrays.stream(TaskType.values()).filter(type -> type.name().equals(row.getTask())).findAny() : Optional.empty();
  }

  /** Decides for all that changed, after which nothing waits. */
  private boolean decide(long now) {
    Set<TaskType> types = EnumSet.copyOf(changed);
    changed.clear();
    types.forEach(type -> decide(type, now));
    return false;
  }

  private void decide(TaskType type, long now) {
    List<Cell> known = cells(type);
    if (known.isEmpty()) {
      return;
    }
    Optional<Route> before = before(type);
    if (before.isPresent() && before.get().getVersion() > Routing.VERSION) {
      LOG.info("{} stays with {}: its route is of version {}, this router of {}", type, before.get().getModel(), before.get().getVersion(), Routing.VERSION);
      return;
    }
    Query query = new Query(type.name(), type, "", "", known.stream().map(Cell::model).toList());
    Choice choice = policy.choose(query, new Known(known, before.map(Route::getModel), Map.of()));
    fallbacks.count(choice);
    Cell least = TaskTypePolicy.leastKnown(known).orElseThrow();
    boolean explores = least.n() < LEAST_KNOWN && !least.model().equals(choice.model());
    Route route =
        new Route(
            type,
            choice.model(),
            policy.name(),
            choice.evidence().isEmpty() ? known.stream().map(Cell::words).toList() : choice.evidence(),
            Instant.ofEpochMilli(now),
            choice.reason(),
            Routing.VERSION,
            explores ? least.model() : null,
            explores ? EXPLORE_SHARE : 0);
    long questions = known.stream().mapToLong(Cell::n).sum();
    if (before.isEmpty() || differs(before.get(), route) || questions >= 2 * questionsBehind(type)) {
      byte[] bytes = routes.encode(Topics.ROUTES, route);
      decided.put(StoreKey.of(type.name()), bytes);
      decided.put(questionsKey(type), Long.toString(questions).getBytes(StandardCharsets.UTF_8));
      context.forward(new Record<>(type.name(), bytes, now, new RecordHeaders()));
    }
  }

  private static boolean differs(Route before, Route now) {
    return !before.getModel().equals(now.getModel()) || !String.valueOf(before.getExplores()).equals(String.valueOf(now.getExplores()));
  }

  /** The route on the topic, or that of this task that has not come back yet. */
  private Optional<Route> before(TaskType type) {
    Optional<Route> own = RoutesInForce.read(routes, decided.get(StoreKey.of(type.name())));
    Optional<Route> topic = inForce.of(type);
    boolean ownIsLater = own.isPresent() && (topic.isEmpty() || topic.get().getDecidedAt().isBefore(own.get().getDecidedAt()));
    return ownIsLater ? own : topic;
  }

  private long questionsBehind(TaskType type) {
    byte[] bytes = decided.get(questionsKey(type));
    return bytes == null ? 0 : Long.parseLong(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String questionsKey(TaskType type) {
    return StoreKey.of(type.name(), "questions");
  }

  private List<Cell> cells(TaskType type) {
    for (String measure : MEASURES) {
      SortedMap<String, MetricRow> best = new TreeMap<>();
      try (StringSerializer serializer = new StringSerializer();
          KeyValueIterator<String, byte[]> all = cells.prefixScan(StoreKey.of(type.name(), measure), serializer)) {
        while (all.hasNext()) {
          MetricRow row = rows.decode(all.next().value);
          best.merge(row.getModel(), row, (a, b) -> b.getN() > a.getN() ? b : a);
        }
      }
      if (!best.isEmpty()) {
        List<Cell> cells = new ArrayList<>();
        best.forEach(
            (model, row) -> cells.add(new Cell(MetricKey.of(row).toString(), model, row.getN(), row.getMean(), interval(row))));
        return cells;
      }
    }
    return List.of();
  }

  private static Interval interval(MetricRow row) {
    return row.getLow() == null || row.getHigh() == null ? Interval.ALL : new Interval(row.getLow(), row.getHigh());
  }
}
