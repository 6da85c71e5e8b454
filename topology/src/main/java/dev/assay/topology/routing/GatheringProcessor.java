package dev.assay.topology.routing;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Route;
import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Alarm;
import dev.assay.topology.StoreKey;
import dev.assay.topology.routing.policy.Choice;
import dev.assay.topology.routing.policy.GuardedPolicy;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.Query;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers the verdicts on each prompt, and says what all models together and the router would have answered, as soon as it is time. */
final class GatheringProcessor implements Processor<byte[], Object, String, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(GatheringProcessor.class);
  private static final Duration TICK = Duration.ofMillis(100);
  static final int FEWEST_MODELS = 2;

  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<Route> routes;
  private final RouterSettings settings;
  private final GuardedPolicy policy;

  /** When each prompt that is not complete is merged nevertheless, the first due first; a copy of the store, for its order. */
  private final Map<String, Long> waiting = new LinkedHashMap<>();

  private Fallbacks fallbacks;
  private Alarm alarm;
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> gatherings;
  private KeyValueStore<String, byte[]> due;
  private KeyValueStore<String, byte[]> records;
  private KeyValueStore<String, byte[]> texts;
  private StoredExperience experience;
  private RoutesInForce inForce;

  GatheringProcessor(RecordCodec<Verdict> verdicts, RecordCodec<Route> routes, RouterSettings settings) {
    this.verdicts = verdicts;
    this.routes = routes;
    this.settings = settings;
    this.policy = new GuardedPolicy(settings.perQuestion() ? settings.policy() : new InForcePolicy());
  }

  /** What the route in force says. */
  private record InForcePolicy() implements Policy {
    @Override
    public String name() {
      return "route";
    }

    @Override
    public Choice choose(Query query, Known known) {
      String model = known.inForce().orElseThrow(() -> new IllegalStateException("there is no route for %s yet".formatted(query.taskType())));
      return Choice.of(model, "the route in force", List.of());
    }
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    this.fallbacks = Fallbacks.of(context.metrics(), "questions-" + context.taskId());
    this.gatherings = context.getStateStore(Routing.GATHERINGS_STORE);
    this.due = context.getStateStore(Routing.WAITING_STORE);
    this.records = context.getStateStore(Routing.RECORDS_STORE);
    this.inForce = new RoutesInForce(context.getStateStore(RoutesInForce.STORE), routes);
    this.texts = context.getStateStore(Routing.TEXTS_STORE);
    this.experience = new StoredExperience(context.getStateStore(Routing.EXPERIENCE_STORE));
    waiting.clear();
    try (KeyValueIterator<String, byte[]> all = due.all()) {
      all.forEachRemaining(entry -> waiting.put(entry.key, ByteBuffer.wrap(entry.value).getLong()));
    }
    this.alarm = new Alarm(context, TICK, this::mergeDue);
    if (!waiting.isEmpty()) {
      alarm.set();
    }
  }

  @Override
  public void process(Record<byte[], Object> record) {
    if (record.value() instanceof Question question) {
      take(question);
      return;
    }
    if (CountedMark.isOn(record.headers())) {
      // A replay merges what it judges itself.
      return;
    }
    Verdict verdict;
    try {
      verdict = verdicts.decode((byte[]) record.value());
    } catch (UndecodableRecordException e) {
      // The tables make a dead letter of it.
      return;
    }
    boolean virtual = Votes.isVirtual(verdict.getModel());
    if (virtual ? !isDecision(verdict) : modelsOf(verdict).size() < FEWEST_MODELS) {
      return;
    }
    String key = StoreKey.of(verdict.getRun(), verdict.getPrompt());
    Gathering before = read(gatherings.get(key));
    Gathering after = virtual ? before.withRecorded(verdict.getModel(), Decision.of(verdict.getBasis())) : before.withMember(withoutOrders(verdict));
    if (after.equals(before)) {
      return;
    }
    advance(key, before, after);
  }

  /** Keeps the text of a question that is not decided yet. */
  private void take(Question question) {
    String key = StoreKey.of(question.run(), question.prompt());
    Gathering gathering = read(gatherings.get(key));
    if (gathering.merged() || !isTextWanted(gathering)) {
      return;
    }
    texts.put(key, question.text().getBytes(StandardCharsets.UTF_8));
    if (!gathering.members().isEmpty() && gathering.missing().isEmpty()) {
      mergeFirst(key, gathering);
    }
  }

  private boolean isTextWanted(Gathering gathering) {
    return settings.looksAtText() && (settings.anew() || !gathering.decisions().containsKey(Votes.ROUTER));
  }

  /** Merges what is complete or was merged before; else waits, from now on anew. */
  private void advance(String key, Gathering before, Gathering after) {
    if (after.members().isEmpty()) {
      gatherings.put(key, write(after));
    } else if (after.merged()) {
      boolean same = after.members().equals(before.members()) && after.decisions().equals(before.decisions());
      gatherings.put(key, write(after));
      if (!same) {
        emit(after);
      }
      if (after.missing().isEmpty()) {
        forget(key);
      }
    } else if (after.missing().isEmpty() && (!isTextWanted(after) || texts.get(key) != null)) {
      mergeFirst(key, after);
    } else {
      gatherings.put(key, write(after));
      long at = context.currentSystemTimeMs() + settings.patience().toMillis();
      waiting.remove(key);
      waiting.put(key, at);
      due.put(key, ByteBuffer.allocate(Long.BYTES).putLong(at).array());
      alarm.set();
    }
  }

  /** Whether any prompt still waits for verdicts. */
  private boolean mergeDue(long now) {
    Iterator<Map.Entry<String, Long>> next = waiting.entrySet().iterator();
    List<String> ready = new ArrayList<>();
    while (next.hasNext()) {
      Map.Entry<String, Long> entry = next.next();
      if (entry.getValue() > now) {
        break;
      }
      ready.add(entry.getKey());
    }
    for (String key : ready) {
      forget(key);
      Gathering gathering = read(gatherings.get(key));
      if (!gathering.merged() && !gathering.members().isEmpty()) {
        mergeFirst(key, gathering);
      }
    }
    return !waiting.isEmpty();
  }

  private void mergeFirst(String key, Gathering gathered) {
    Verdict first = gathered.members().getFirst();
    String recordKey = StoreKey.of(first.getRun(), first.getTaskType().name());
    TrackRecord record = TrackRecord.of(records.get(recordKey));
    long now = context.currentSystemTimeMs();
    Gathering decided = gathered;
    if (settings.anew() || !gathered.decisions().containsKey(Votes.WEIGHTED)) {
      decided = decided.with(Votes.WEIGHTED, Decision.weighing(Merger.WEIGHTED, record.weights(models(gathered), options(first)), now));
    }
    Query query = query(gathered, text(key));
    boolean routes = settings.anew() || !RoutedVerdicts.isAsked(first);
    if (routes && (settings.anew() || !gathered.decisions().containsKey(Votes.ROUTER))) {
      decided = decided.with(Votes.ROUTER, route(gathered, query, record, now));
    }
    decided = decided.asMerged();
    gatherings.put(key, write(decided));
    forget(key);
    emit(decided);
    record.add(gathered.members());
    records.put(recordKey, record.toBytes());
    learn(query, gathered);
    texts.delete(key);
  }

  /** A question is learned from after it was decided, so that no decision knows the answers to its question. */
  private void learn(Query query, Gathering gathering) {
    Policy learning = settings.policy();
    if (learning.learns() && (!query.text().isBlank() || !settings.looksAtText())) {
      experience.learn(query, gathering.byModel().values(), learning.meaning().of(query.text()));
    }
  }

  private String text(String key) {
    byte[] text = texts.get(key);
    return text == null ? "" : new String(text, StandardCharsets.UTF_8);
  }

  /** A perturbed copy is the same question: nothing is known of it from the original, nor the other way round. */
  static Query query(Gathering gathering, String text) {
    Verdict first = gathering.members().getFirst();
    String id = first.getPerturbation() == null ? first.getPrompt() : first.getPerturbation().getOrigin();
    return new Query(id, first.getTaskType(), first.getTask(), text, List.copyOf(models(gathering)));
  }

  private Decision route(Gathering gathering, Query query, TrackRecord record, long now) {
    Verdict first = gathering.members().getFirst();
    Optional<Route> route = settings.perQuestion() ? Optional.empty() : inForce.of(first.getTaskType());
    Map<String, Double> margins = margins(gathering);
    Known known = new Known(record.cells(first.getTaskType().name()), route.map(Route::getModel), margins, experience.get());
    Choice choice = policy.choose(query, known);
    fallbacks.count(choice);
    boolean byRoute = route.isPresent() && route.get().getModel().equals(choice.model());
    Choice told =
        byRoute ? new Choice(choice.model(), choice.asked(), choice.reason() + ": " + route.get().getReason(), route.get().getEvidence()) : choice;
    String name = route.isPresent() ? "%s, version %d".formatted(route.get().getPolicy(), route.get().getVersion()) : policy.name();
    return Decision.routing(settings.anew() ? name + ", decided anew" : name, told, now, route.map(each -> each.getDecidedAt().toEpochMilli()).orElse(0L));
  }

  /** By how much each model's first option leads its second. */
  static Map<String, Double> margins(Gathering gathering) {
    Map<String, Double> margins = new HashMap<>();
    gathering
        .members()
        .forEach(
            member -> margins.put(member.getModel(), member.getOutcome() instanceof ChoiceVerdict choice ? Votes.margin(choice) : 1.0));
    return margins;
  }

  private void emit(Gathering gathering) {
    Verdict first = gathering.members().getFirst();
    List<Verdict> made;
    try {
      made = Merger.all(gathering);
    } catch (RuntimeException e) {
      LOG.warn("nothing is merged of the verdicts on {} in run {}", first.getPrompt(), first.getRun(), e);
      return;
    }
    made.forEach(this::send);
  }

  private void send(Verdict verdict) {
    byte[] bytes = verdicts.encode(Topics.VERDICTS, verdict);
    context.forward(new Record<>(verdict.getPrompt(), bytes, context.currentStreamTimeMs(), new RecordHeaders()));
  }

  private void forget(String key) {
    if (waiting.remove(key) != null) {
      due.delete(key);
    }
  }

  private boolean isDecision(Verdict verdict) {
    boolean decision = verdict.getModel().equals(Votes.WEIGHTED) || verdict.getModel().equals(Votes.ROUTER);
    return decision && verdict.getBasis() != null && !settings.anew() && !(verdict.getModel().equals(Votes.ROUTER) && RoutedVerdicts.isAsked(verdict));
  }

  static Set<String> modelsOf(Verdict verdict) {
    Set<String> models = new TreeSet<>(verdict.getAsked());
    models.removeIf(Votes::isVirtual);
    return models;
  }

  static Set<String> models(Gathering gathering) {
    Set<String> models = new TreeSet<>();
    gathering.members().forEach(member -> models.addAll(modelsOf(member)));
    gathering.members().forEach(member -> models.add(member.getModel()));
    return models;
  }

  static int options(Verdict verdict) {
    return verdict.getOutcome() instanceof ChoiceVerdict choice ? choice.getOptions() : FEWEST_MODELS;
  }

  /** The orders' single votes are many and no merging rule needs them where there are probabilities. */
  static Verdict withoutOrders(Verdict verdict) {
    if (verdict.getOutcome() instanceof ChoiceVerdict choice && !choice.getProbabilities().isEmpty()) {
      return Verdict.newBuilder(verdict).setOutcome(ChoiceVerdict.newBuilder(choice).setVotes(List.of()).build()).build();
    }
    return verdict;
  }

  private Gathering read(byte @Nullable [] bytes) {
    return bytes == null ? Gathering.NEW : Gathering.fromBytes(bytes, verdicts);
  }

  private byte[] write(Gathering gathering) {
    return gathering.toBytes(verdicts);
  }
}
