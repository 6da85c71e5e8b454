package dev.assay.topology.intake;

import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Model;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Route;
import dev.assay.records.Routed;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.RouteRule;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Alarm;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import dev.assay.topology.routing.Fallbacks;
import dev.assay.topology.routing.RoutesInForce;
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
  private static final String ONE_MODEL_ALONE =
      "got orders PRIDE for @router; a prior is estimated on one model's answers to all of a group's questions, which routes may divide among several: "
          + "ask for other orders, or name the models";

  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Model> models;
  private final RecordCodec<Route> routes;
  private final List<String> defaultModels;
  private final Duration grace;
  private ProcessorContext<Object, Object> context;
  private AnnouncedModels announced;
  private RouterChoice router;
  private Asking asking;
  private OpenPrompts open;
  private KeyValueStore<String, byte[]> waiting;
  private Alarm alarm;

  IntakeProcessor(
      RecordCodec<Prompt> prompts,
      RecordCodec<Request> requests,
      RecordCodec<Model> models,
      RecordCodec<Route> routes,
      List<String> defaultModels,
      Duration grace) {
    this.prompts = prompts;
    this.requests = requests;
    this.models = models;
    this.routes = routes;
    this.defaultModels = defaultModels;
    this.grace = grace;
  }

  @Override
  public void init(ProcessorContext<Object, Object> context) {
    this.context = context;
    this.announced = new AnnouncedModels(context.getStateStore(Intake.MODELS_STORE), models);
    Fallbacks fallbacks = Fallbacks.of(context.metrics(), "asked-" + context.taskId());
    this.router = new RouterChoice(new RoutesInForce(context.getStateStore(RoutesInForce.STORE), routes), announced, fallbacks);
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
    Addressees named = Addressees.of(prompt, defaultModels, Optional.empty());
    if (named.names().isEmpty()) {
      asking.giveUp(arrival, Subject.of(prompt), "got no models, and this intake has no default ones; name at least one in the prompt's models");
      return;
    }
    named.unaskable().forEach(name -> asking.giveUp(arrival, Subject.of(prompt).withModel(name), unaskable(name)));
    if (named.wantRouter() && wantsPride(prompt)) {
      asking.giveUp(arrival, Subject.of(prompt).withModel(RouteRule.ROUTER), ONE_MODEL_ALONE);
      admit(prompt, named, arrival);
    } else if (named.wantRouter()) {
      Optional<Routed> routed = router.of(Work.typed(prompt).taskType(), context.currentSystemTimeMs());
      if (routed.isPresent()) {
        admit(prompt, Addressees.of(prompt, defaultModels, routed), arrival);
      } else {
        // Nobody is announced, so none of the prompt's other models is either: all wait together.
        await(RouteRule.ROUTER, arrival, Optional.empty());
      }
    } else {
      admit(prompt, named, arrival);
    }
  }

  /** Asks the models that are announced, and waits for the others. */
  private void admit(Prompt prompt, Addressees asked, Arrival arrival) {
    if (asked.models().isEmpty()) {
      return;
    }
    Work work = Work.of(prompt, arrival, asked, PromptRenderer.FIRST_ROUND);
    if (mayWantMore(work)) {
      open.open(arrival, asked.routed());
    }
    for (String model : asked.models()) {
      if (announced.has(model)) {
        ask(work, model, asked);
      } else {
        await(model, arrival, asked.routed());
      }
    }
  }

  private void await(String model, Arrival arrival, Optional<Routed> routed) {
    long deadline = context.currentSystemTimeMs() + grace.toMillis();
    waiting.put(waitingKey(model, arrival), new WaitingPrompt(deadline, arrival, routed).toBytes());
    alarm.set();
  }

  private void ask(Work work, String model, Addressees asked) {
    if (!asking.ask(work, model)) {
      open.settle(work.arrival().offset(), model, asked.models());
    }
  }

  /** Whether any prompt still waits for its model. */
  private boolean lookAgain(long now) {
    List<KeyValue<String, WaitingPrompt>> due = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> all = waiting.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        if (now >= WaitingPrompt.deadline(entry.value) || isThere(waitingModel(entry.key))) {
          due.add(KeyValue.pair(entry.key, WaitingPrompt.fromBytes(entry.value)));
        }
      }
    }
    for (KeyValue<String, WaitingPrompt> entry : due) {
      waiting.delete(entry.key);
      end(waitingModel(entry.key), entry.value);
    }
    // What has ended for the router may have begun for another model.
    try (KeyValueIterator<String, byte[]> all = waiting.all()) {
      return all.hasNext();
    }
  }

  private boolean isThere(String model) {
    return model.equals(RouteRule.ROUTER) ? announced.standard().isPresent() : announced.has(model);
  }

  /** Ends the waiting for a model: it is there, or was not announced in time. */
  private void end(String model, WaitingPrompt waited) {
    Arrival arrival = waited.arrival();
    Prompt prompt = prompts.decode(arrival.record().value());
    if (model.equals(RouteRule.ROUTER)) {
      Optional<Routed> routed = router.of(Work.typed(prompt).taskType(), context.currentSystemTimeMs());
      Addressees asked = Addressees.of(prompt, defaultModels, routed);
      if (routed.isPresent()) {
        admit(prompt, asked, arrival);
      } else {
        giveUpUnknown(prompt, arrival, RouteRule.ROUTER);
        asked.models().forEach(other -> giveUpUnknown(prompt, arrival, other));
      }
      return;
    }
    Addressees asked = Addressees.of(prompt, defaultModels, waited.routed());
    if (announced.has(model)) {
      ask(Work.of(prompt, arrival, asked, PromptRenderer.FIRST_ROUND), model, asked);
    } else {
      giveUpUnknown(prompt, arrival, model);
      open.settle(arrival.offset(), model, asked.models());
    }
  }

  private void giveUpUnknown(Prompt prompt, Arrival arrival, String model) {
    asking.giveUp(
        arrival,
        Subject.of(prompt).withModel(model),
        "got the unknown model '%s', which no worker announced within %d ms; known are %s: start a worker for it, then retry this dead letter, or name another model"
            .formatted(model, grace.toMillis(), announced.names()));
  }

  private static String unaskable(String name) {
    return "got the model '%s', which no worker serves: its verdicts are made of those of several models; name these, and let 'assay routing' run (--routing)"
        .formatted(name);
  }

  private static boolean wantsPride(Prompt prompt) {
    return prompt.getAsk() instanceof Choice choice && choice.getOrders() == OrderRule.PRIDE;
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
