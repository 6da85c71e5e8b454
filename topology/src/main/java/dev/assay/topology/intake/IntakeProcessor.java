package dev.assay.topology.intake;

import dev.assay.records.ChoiceGold;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Alarm;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Decodes, checks and types a prompt, renders its work once, and asks each of its models, or waits for it. */
final class IntakeProcessor implements Processor<byte[], byte[], Object, Object> {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Model> models;
  private final List<String> defaultModels;
  private final Duration grace;
  private ProcessorContext<Object, Object> context;
  private AnnouncedModels announced;
  private Asking asking;
  private OpenPrompts open;
  private KeyValueStore<String, byte[]> waiting;
  private Alarm alarm;

  IntakeProcessor(
      RecordCodec<Prompt> prompts, RecordCodec<Request> requests, RecordCodec<Model> models, List<String> defaultModels, Duration grace) {
    this.prompts = prompts;
    this.requests = requests;
    this.models = models;
    this.defaultModels = defaultModels;
    this.grace = grace;
  }

  @Override
  public void init(ProcessorContext<Object, Object> context) {
    this.context = context;
    this.announced = new AnnouncedModels(context.getStateStore(Intake.MODELS_STORE), models);
    this.asking = new Asking(context, requests);
    this.open = new OpenPrompts(context.getStateStore(Intake.OPEN_STORE), context.getStateStore(Intake.DECIDED_STORE));
    this.waiting = context.getStateStore(Intake.WAITING_STORE);
    this.alarm = new Alarm(context, LOOK_AGAIN, this::lookAgain);
    try (KeyValueIterator<String, byte[]> all = waiting.all()) {
      if (all.hasNext()) {
        alarm.set();
      }
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (CountedMark.isOn(record.headers())) {
      // It was asked elsewhere, and its answers are in the log.
      return;
    }
    Arrival arrival = Arrival.of(record, context);
    if (record.value() != null && record.value().length > Arrival.LARGEST_VALUE) {
      asking.giveUp(arrival, Subject.UNKNOWN, "got a prompt of %d bytes; expected at most %d".formatted(record.value().length, Arrival.LARGEST_VALUE));
      return;
    }
    Prompt prompt;
    try {
      prompt = prompts.decode(record.value());
    } catch (UndecodableRecordException e) {
      asking.giveUp(arrival, Subject.UNKNOWN, e.getMessage());
      return;
    }
    Optional<String> fault = PromptRules.fault(prompt);
    if (fault.isPresent()) {
      asking.giveUp(arrival, Subject.of(prompt), fault.get());
      return;
    }
    List<String> wanted = models(prompt, defaultModels);
    if (wanted.isEmpty()) {
      asking.giveUp(arrival, Subject.of(prompt), "got no models, and this intake has no default ones; name at least one in the prompt's models");
      return;
    }
    Work work = Work.of(prompt, arrival, wanted, PromptRenderer.FIRST_ROUND);
    if (mayWantMore(work)) {
      open.open(arrival);
    }
    for (String model : wanted) {
      if (announced.has(model)) {
        ask(work, model);
      } else {
        long deadline = context.currentSystemTimeMs() + grace.toMillis();
        waiting.put(waitingKey(model, arrival), new WaitingPrompt(deadline, arrival).toBytes());
        alarm.set();
      }
    }
  }

  private void ask(Work work, String model) {
    if (!asking.ask(work, model)) {
      open.settle(work.arrival().offset(), model, work.envelope().getModels());
    }
  }

  /** Whether any prompt still waits for its model. */
  private boolean lookAgain(long now) {
    List<KeyValue<String, WaitingPrompt>> due = new ArrayList<>();
    boolean someWait = false;
    try (KeyValueIterator<String, byte[]> all = waiting.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        if (now >= WaitingPrompt.deadline(entry.value) || announced.has(waitingModel(entry.key))) {
          due.add(KeyValue.pair(entry.key, WaitingPrompt.fromBytes(entry.value)));
        } else {
          someWait = true;
        }
      }
    }
    for (KeyValue<String, WaitingPrompt> entry : due) {
      String model = waitingModel(entry.key);
      Arrival arrival = entry.value.arrival();
      Prompt prompt = prompts.decode(arrival.record().value());
      if (announced.has(model)) {
        ask(Work.of(prompt, arrival, models(prompt, defaultModels), PromptRenderer.FIRST_ROUND), model);
      } else {
        asking.giveUp(
            arrival,
            Subject.of(prompt).withModel(model),
            "got the unknown model '%s', which no worker announced within %d ms; known are %s: start a worker for it, then retry this dead letter, or name another model"
                .formatted(model, grace.toMillis(), announced.names()));
        open.settle(arrival.offset(), model, models(prompt, defaultModels));
      }
      waiting.delete(entry.key);
    }
    return someWait;
  }

  /** Whom a prompt asks, each once. */
  static List<String> models(Prompt prompt, List<String> defaultModels) {
    return (prompt.getModels().isEmpty() ? defaultModels : prompt.getModels()).stream().distinct().toList();
  }

  /** Whether the ballot may ask for more orders of this prompt. */
  private static boolean mayWantMore(Work work) {
    return work.envelope().getGold() instanceof ChoiceGold gold && gold.getVoting() != null && gold.getVoting().getRounds() > 1;
  }

  private static String waitingKey(String model, Arrival arrival) {
    return arrival.partition() + "/" + arrival.offset() + "/" + model;
  }

  private static String waitingModel(String key) {
    return key.substring(key.indexOf('/', key.indexOf('/') + 1) + 1);
  }
}
