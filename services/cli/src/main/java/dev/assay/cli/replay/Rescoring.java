package dev.assay.cli.replay;

import dev.assay.benchmarks.OrderPlan;
import dev.assay.cli.routes.TextMeaning;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TopicView;
import dev.assay.records.Answer;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Member;
import dev.assay.records.MetricRow;
import dev.assay.records.Origin;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Stopping;
import dev.assay.records.TaskPlan;
import dev.assay.records.Verdict;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import dev.assay.topology.ballot.StoredBallots.Ruling;
import dev.assay.topology.ballot.StoredBallots;
import dev.assay.topology.routing.QuestionText;
import dev.assay.topology.routing.RoutedVerdicts;
import dev.assay.topology.routing.RouterSettings;
import dev.assay.topology.routing.StoredRouting;
import dev.assay.topology.routing.Votes;
import dev.assay.topology.tables.StoredTable;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the stored answers of a run again and writes verdicts and rows under a name of its own. Nobody is asked, no stage has a part in it.
 *
 * <p>It reads prompts, dead letters and answers up to where the log ended when it began; makes the same verdicts of them as the ballot stage,
 * by the same functions, and of these the same rows as the tables stage. Each partition of the answers is one thread's work at a time and is
 * written in transactions that hold how far it came; continued, it reads again, since what it knows is in memory alone, and writes behind
 * what the log has. The rows come last and all at once.
 */
final class Rescoring {

  private static final Logger LOG = LoggerFactory.getLogger(Rescoring.class);

  /** Where the virtual models' verdicts and the rows have their progress: no partition of the answers. */
  private static final TopicPartition LAST_PART = new TopicPartition(Topics.METRICS, 0);

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final Run plan;
  private final Origin origin;
  private final Run source;
  private final int threads;
  private final Selection selection;
  private final Optional<OrderPlan> orders;
  private final StoredTable table;
  private final StoredRouting routing;
  private final Map<String, Prompt> asked = new ConcurrentHashMap<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final Map<List<String>, Prior> priors = new HashMap<>();
  private final Map<List<String>, Stopping> stops = new ConcurrentHashMap<>();
  private final LongAdder prompts = new LongAdder();
  private final LongAdder expected = new LongAdder();
  private final LongAdder read = new LongAdder();
  private final LongAdder answers = new LongAdder();
  private final LongAdder verdicts = new LongAdder();
  private final LongAdder deadLetters = new LongAdder();
  private volatile Run announced;

  /**
   * How far it is.
   *
   * @param records answers read, of all runs that the log holds
   * @param ofRecords how many there are to read
   * @param prompts the prompts replayed
   * @param answers answers judged
   * @param verdicts verdicts made; a correction is one more
   * @param deadLetters answers that gave none
   */
  record Progress(long records, long ofRecords, long prompts, long answers, long verdicts, long deadLetters) {}

  /**
   * A replay that is to begin or to go on.
   *
   * @param plan the replay as it was announced, with its origin
   * @param source the run that is replayed; one that nobody announced has no models and tasks
   * @param threads how many partitions are judged at a time, 1 or more
   */
  Rescoring(KafkaSettings settings, SchemaRegistryClient registry, Run plan, Run source, int threads) {
    this.settings = settings;
    this.registry = registry;
    this.plan = plan;
    this.origin = plan.getOrigin();
    this.source = source;
    this.threads = threads;
    this.selection = new Selection(origin);
    this.orders = origin.getOrders().isEmpty() ? Optional.empty() : Optional.of(OrderPlan.parse(origin.getOrders()));
    this.table = new StoredTable(plan.getName());
    this.routing = new StoredRouting(router(origin));
    this.announced = plan;
  }

  private static Optional<RouterSettings> router(Origin origin) {
    if (!origin.getPolicy().isEmpty()) {
      return Optional.of(RouterSettings.parse(origin.getPolicy(), RouterSettings.DEFAULT_PATIENCE, true, TextMeaning::shared));
    }
    return Optional.empty();
  }

  /** Whether what was decided by the knowledge of the moment is taken from the log. */
  private boolean asRecorded() {
    return orders.isEmpty() && !origin.getDecidesAnew();
  }

  /**
   * Does it, or what is left of it.
   *
   * @return the replay as it is announced at the end: DONE, or STOPPED when an end was wished for
   */
  Run run(Interruption interruption, Consumer<Progress> watcher) throws InterruptedException {
    boolean whole = readPrompts(interruption) && readDeadLetters(interruption) && readDecisions(interruption);
    if (whole) {
      if (taken.isEmpty()) {
        throw new CommandFailure("run %s has no prompts of this choice; 'assay runs' lists the runs, 'assay tables --run %s' their tasks".formatted(origin.getRun(), origin.getRun()));
      }
      announce(RunState.RUNNING);
      whole = judge(interruption, watcher);
    }
    if (!whole) {
      return announce(RunState.STOPPED);
    }
    return finish();
  }

  private boolean readPrompts(Interruption interruption) throws InterruptedException {
    RecordCodec<Prompt> codec = RecordCodec.of(registry, Prompt.class);
    Map<String, LongAdder> tasks = new ConcurrentHashMap<>();
    boolean whole =
        each(
            Topics.PROMPTS,
            slice ->
                slice.each(
                    settings,
                    interruption,
                    record -> {
                      Prompt prompt = decoded(codec, record);
                      if (prompt != null && selection.takes(prompt.getRun(), prompt.getTask(), Instant.ofEpochMilli(record.timestamp()))) {
                        take(prompt, tasks);
                      }
                    }));
    if (whole && orders.isPresent()) {
      List<Prompt> all = List.copyOf(new TreeMap<>(asked).values());
      AskedOtherwise.of(all, orders.get(), source.getSeed()).forEach(prompt -> asked.put(prompt.getId(), prompt));
    }
    announced =
        Run.newBuilder(plan)
            .setTasks(new TreeMap<>(tasks).entrySet().stream().map(task -> new TaskPlan(task.getKey(), task.getValue().intValue())).toList())
            .setExpected(expected.sum())
            .build();
    return whole;
  }

  private void take(Prompt prompt, Map<String, LongAdder> tasks) {
    List<String> models = selection.taken(prompt.getModels());
    boolean first = taken.add(prompt.getId());
    if (first) {
      prompts.increment();
      expected.add(models.stream().distinct().count());
      tasks.computeIfAbsent(prompt.getTask(), _ -> new LongAdder()).increment();
    }
    table.asked(prompt.getId(), models.stream().map(model -> Subject.of(prompt).withModel(model).model()).toList());
    if (routing.wantsTexts()) {
      routing.asked(prompt.getId(), QuestionText.of(prompt));
    }
    if (orders.isPresent()) {
      asked.putIfAbsent(prompt.getId(), AskedOtherwise.light(prompt));
    }
  }

  private boolean readDeadLetters(Interruption interruption) throws InterruptedException {
    return each(
        Topics.DEAD_LETTERS,
        slice ->
            slice.each(
                settings,
                interruption,
                record -> {
                  DeadLetter letter = DeadLetter.read(record.headers());
                  if (letter != null
                      && letter.run().equals(origin.getRun())
                      && (letter.model().isEmpty() || selection.takes(letter.model()))
                      && (selection.takesAllPrompts() || taken.contains(letter.prompt()))) {
                    String where = letter.topic() + '/' + letter.partition() + '/' + letter.offset();
                    table.lost(letter.prompt().isEmpty() ? where : letter.prompt(), letter.model());
                  }
                }));
  }

  /** Priors, stops and routes: as they were recorded, or estimated anew where that is asked for. */
  private boolean readDecisions(Interruption interruption) throws InterruptedException {
    if (!asRecorded()) {
      return estimatePriors(interruption) && readVerdicts(interruption);
    }
    RecordCodec<Prior> codec = RecordCodec.of(registry, Prior.class);
    boolean whole =
        each(
            Topics.PRIORS,
            slice ->
                slice.each(
                    settings,
                    interruption,
                    record -> {
                      Prior prior = decoded(codec, record);
                      if (prior != null && prior.getRun().equals(origin.getRun())) {
                        synchronized (priors) {
                          priors.putIfAbsent(List.of(prior.getModel(), prior.getCheckpoint(), prior.getGroup()), prior);
                        }
                      }
                    }));
    return whole && readVerdicts(interruption);
  }

  private boolean estimatePriors(Interruption interruption) throws InterruptedException {
    String rule = orders.map(OrderPlan::toString).orElse(source.getOrders());
    if (isAnnounced() && !rule.startsWith("pride")) {
      return true;
    }
    StoredBallots.Priors estimate = new StoredBallots.Priors(rules(), plan.getName());
    RecordCodec<Answer> codec = RecordCodec.of(registry, Answer.class);
    boolean whole =
        each(
            Topics.ANSWERS,
            slice ->
                slice.each(
                    settings,
                    interruption,
                    record -> {
                      Answer answer = decoded(codec, record);
                      if (answer != null && takes(answer)) {
                        estimate.add(answer, record.value());
                      }
                    }));
    priors.putAll(estimate.estimate());
    return whole;
  }

  /** The source's verdicts hold where its ballots stopped, and what its router and weights were; most runs have neither. */
  private boolean readVerdicts(Interruption interruption) throws InterruptedException {
    boolean wantsStops = asRecorded() && (!isAnnounced() || source.getOrders().startsWith("adaptive"));
    boolean wantsRoutes = origin.getPolicy().isEmpty() && isRouted();
    if (!wantsStops && !wantsRoutes) {
      return true;
    }
    RecordCodec<Verdict> codec = RecordCodec.of(registry, Verdict.class);
    return each(
        Topics.VERDICTS,
        slice ->
            slice.each(
                settings,
                interruption,
                record -> {
                  Verdict verdict = decoded(codec, record);
                  if (verdict == null || !selection.takes(verdict.getRun(), verdict.getTask(), verdict.getPromptedAt())) {
                    return;
                  }
                  boolean stopped = verdict.getOutcome() instanceof ChoiceVerdict choice && choice.getVoted() != null && choice.getVoted().getStopping() != null;
                  if (Votes.isVirtual(verdict.getModel()) && !(stopped && RoutedVerdicts.isAsked(verdict))) {
                    routing.recorded(verdict);
                  } else if (wantsStops && stopped) {
                    stops.put(ballot(verdict), ((ChoiceVerdict) verdict.getOutcome()).getVoted().getStopping());
                  }
                }));
  }

  /** Whose answers were judged: of a verdict on what was asked of the router, those of the model that it was asked of. */
  private static List<String> ballot(Verdict verdict) {
    if (verdict.getBasis() == null) {
      return List.of(verdict.getPrompt(), verdict.getModel(), verdict.getCheckpoint());
    }
    Member asked = verdict.getBasis().getMembers().getFirst();
    return List.of(verdict.getPrompt(), asked.getModel(), asked.getCheckpoint());
  }

  private boolean isAnnounced() {
    return !source.getModels().isEmpty();
  }

  /** Whether the routing stage had a part in the source: then its rows are there. */
  private boolean isRouted() {
    try (TopicView<MetricRow> rows = TopicView.open(settings, registry, Topics.METRICS, MetricRow.class).catchUp()) {
      return rows.rows().values().stream().anyMatch(row -> row.getRun().equals(origin.getRun()) && row.getModel().equals(Votes.ROUTER));
    }
  }

  private boolean judge(Interruption interruption, Consumer<Progress> watcher) throws InterruptedException {
    long all = LogSlice.of(Topics.ANSWERS, origin.getEnds()).stream().mapToLong(LogSlice::end).sum();
    return each(
        Topics.ANSWERS,
        slice -> {
          try (ReplayLog log = new ReplayLog(settings, registry, plan.getName(), slice.partition())) {
            StoredBallots ballots = new StoredBallots(rules());
            RecordCodec<Answer> codec = RecordCodec.of(registry, Answer.class);
            long[] next = {log.begin()};
            boolean whole =
                slice.each(
                    settings,
                    interruption,
                    record -> {
                      judge(record, codec, ballots, log);
                      if (record.offset() >= next[0]) {
                        next[0] = record.offset() + 1;
                        log.doneTo(next[0]);
                      }
                      read.increment();
                      if (read.sum() % 1_000 == 0) {
                        watcher.accept(progress(all));
                      }
                    });
            if (whole && !asRecorded()) {
              boolean isNew = log.begin() < slice.end();
              ballots.undecided().forEach(verdict -> count(verdict, isNew, verdict.getAnsweredAt().toEpochMilli(), log));
            }
            log.commit(whole ? Math.max(next[0], slice.end()) : next[0]);
            watcher.accept(progress(all));
            return whole;
          }
        });
  }

  private void judge(ConsumerRecord<byte[], byte[]> record, RecordCodec<Answer> codec, StoredBallots ballots, ReplayLog log) {
    Answer stored = decoded(codec, record);
    if (stored == null || !takes(stored)) {
      return;
    }
    answers.increment();
    Answer answer = selection.under(plan.getName(), stored);
    boolean isNew = record.offset() >= log.begin();
    switch (ballots.judge(answer, record.value())) {
      case Ruling.Unchanged _ -> {}
      case Ruling.GivenUp(String reason) -> giveUp(record, answer, reason, isNew, log);
      case Ruling.Decided(List<Verdict> made) -> {
        try {
          made.forEach(verdict -> count(verdict, isNew, record.timestamp(), log));
        } catch (IllegalArgumentException e) {
          giveUp(record, answer, String.valueOf(e.getMessage()), isNew, log);
        }
      }
    }
  }

  private void count(Verdict verdict, boolean isNew, long timestamp, ReplayLog log) {
    verdicts.increment();
    if (isNew) {
      log.verdict(verdict, timestamp);
    }
    table.judged(verdict);
    routing.judged(verdict);
  }

  private void giveUp(ConsumerRecord<byte[], byte[]> record, Answer answer, String reason, boolean isNew, ReplayLog log) {
    deadLetters.increment();
    for (Subject subject : Subject.all(answer.getEnvelope(), answer.getModel())) {
      table.lost(subject.prompt(), subject.model());
      if (isNew) {
        Record<byte[], byte[]> kept = new Record<>(record.key(), record.value(), record.timestamp());
        log.deadLetter(new Arrival(kept, record.topic(), record.partition(), record.offset()), subject, reason);
      }
    }
  }

  /** Virtual models' verdicts, the priors that were estimated, the rows, and that it is done: all at once. */
  private Run finish() {
    try (ReplayLog log = new ReplayLog(settings, registry, plan.getName(), LAST_PART)) {
      long number = 0;
      for (Verdict merged : routing.isWanted() ? routing.merged() : List.<Verdict>of()) {
        table.judged(merged);
        if (number++ >= log.begin()) {
          log.verdict(merged, merged.getPromptedAt().toEpochMilli());
          log.doneTo(number);
        }
      }
      if (!asRecorded()) {
        priors.values().forEach(log::prior);
      }
      table.rows(log::row);
      Run done = Run.newBuilder(announced).setState(RunState.DONE).build();
      log.run(done);
      log.commit(number);
      return done;
    }
  }

  private Run announce(RunState state) {
    Run now = Run.newBuilder(announced).setState(state).build();
    try (ReplayLog log = new ReplayLog(settings, registry, plan.getName(), new TopicPartition(Topics.RUNS, 0))) {
      log.run(now);
      log.commit(0);
    }
    return now;
  }

  private Progress progress(long all) {
    return new Progress(read.sum(), all, prompts.sum(), answers.sum(), verdicts.sum(), deadLetters.sum());
  }

  private boolean takes(Answer answer) {
    return selection.takes(answer) && selection.takes(answer.getEnvelope().getRun(), answer.getEnvelope().getTask(), answer.getEnvelope().getPromptedAt());
  }

  private StoredBallots.Rules rules() {
    return new StoredBallots.Rules() {
      @Override
      public @Nullable Prompt asked(String prompt) {
        Prompt otherwise = asked.get(prompt);
        if (orders.isPresent() && otherwise == null) {
          throw new IllegalArgumentException("the prompt is not in the log any more, so what it would have been asked is not known; ask it again");
        }
        return otherwise;
      }

      @Override
      public List<String> metrics() {
        return origin.getMetrics();
      }

      @Override
      public @Nullable Prior prior(String model, String checkpoint, String group) {
        return priors.get(List.of(model, checkpoint, group));
      }

      @Override
      public @Nullable Stopping stopping(String prompt, String model, String checkpoint) {
        return stops.isEmpty() ? null : stops.get(List.of(prompt, model, checkpoint));
      }
    };
  }

  private static <T extends SpecificRecord> @Nullable T decoded(RecordCodec<T> codec, ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return null;
    }
    try {
      return codec.decode(record.value());
    } catch (UndecodableRecordException e) {
      LOG.debug("{}/{}/{} is left out: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
      return null;
    }
  }

  /** Does something with every partition of a topic, several at a time; whether all were done. */
  private boolean each(String topic, Predicate<LogSlice> work) throws InterruptedException {
    List<Future<Boolean>> futures = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads, Thread.ofPlatform().name("replay-", 0).factory())) {
      LogSlice.of(topic, origin.getEnds()).forEach(slice -> futures.add(pool.submit(() -> work.test(slice))));
    }
    boolean whole = true;
    for (Future<Boolean> future : futures) {
      try {
        whole &= future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException("a partition of " + topic + " could not be read", e.getCause());
      }
    }
    return whole;
  }
}
