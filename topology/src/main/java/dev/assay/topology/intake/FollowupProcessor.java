package dev.assay.topology.intake;

import dev.assay.records.Choice;
import dev.assay.records.Followup;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.VotingRound;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import java.util.List;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a model for a further round of a prompt's orders when the ballot wants one, and forgets the prompt when nobody wants more. */
final class FollowupProcessor implements Processor<byte[], byte[], Object, Object> {
  private static final Logger LOG = LoggerFactory.getLogger(FollowupProcessor.class);

  /** What {@code Followup.round} says when nothing more is wanted. */
  private static final int DECIDED = -1;

  private final RecordCodec<Followup> followups;
  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Request> requests;
  private final List<String> defaultModels;
  private ProcessorContext<Object, Object> context;
  private Asking asking;
  private OpenPrompts open;

  FollowupProcessor(
      RecordCodec<Followup> followups, RecordCodec<Prompt> prompts, RecordCodec<Request> requests, List<String> defaultModels) {
    this.followups = followups;
    this.prompts = prompts;
    this.requests = requests;
    this.defaultModels = defaultModels;
  }

  @Override
  public void init(ProcessorContext<Object, Object> context) {
    this.context = context;
    this.asking = new Asking(context, requests);
    this.open = new OpenPrompts(context.getStateStore(Intake.OPEN_STORE), context.getStateStore(Intake.DECIDED_STORE));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Arrival arrival = Arrival.of(record, context);
    Followup followup;
    try {
      followup = followups.decode(record.value());
    } catch (UndecodableRecordException e) {
      asking.giveUp(arrival, Subject.UNKNOWN, e.getMessage());
      return;
    }
    Subject subject = new Subject(followup.getRun(), followup.getPrompt(), followup.getModel());
    if (followup.getPartition() == arrival.partition() && open.isClosed(followup.getOffset())) {
      LOG.debug("{}: the prompt '{}' is decided already; nothing more is asked", arrival.where(), followup.getPrompt());
      return;
    }
    WaitingPrompt kept = open.get(followup.getOffset());
    Prompt prompt = kept == null ? null : prompts.decode(kept.arrival().record().value());
    if (kept == null || prompt == null || followup.getPartition() != arrival.partition() || !isOf(prompt, followup)) {
      asking.giveUp(
          arrival,
          subject,
          "got a follow-up for the prompt '%s' of run '%s' at offset %d of partition %d, which is not open here; expected a prompt that was asked adaptively: ask it anew"
              .formatted(followup.getPrompt(), followup.getRun(), followup.getOffset(), followup.getPartition()));
      return;
    }
    Addressees asked = Addressees.of(prompt, defaultModels, kept.routed());
    String fault = fault(followup, prompt, asked.models());
    if (fault != null) {
      asking.giveUp(arrival, subject, fault);
    } else if (followup.getRound() == DECIDED || !asking.ask(Work.of(prompt, kept.arrival(), asked, followup.getRound()), followup.getModel())) {
      open.settle(followup.getOffset(), followup.getModel(), asked.models());
    }
  }

  private static boolean isOf(Prompt prompt, Followup followup) {
    return prompt.getRun().equals(followup.getRun()) && prompt.getId().equals(followup.getPrompt());
  }

  private static @Nullable String fault(Followup followup, Prompt prompt, List<String> models) {
    if (!models.contains(followup.getModel())) {
      return "got a follow-up for the model '%s'; expected one of those the prompt asks, %s".formatted(followup.getModel(), models);
    }
    VotingRound voting = WantedOrders.of(prompt, (Choice) prompt.getAsk(), PromptRenderer.FIRST_ROUND).voting();
    int rounds = voting == null ? 1 : voting.getRounds();
    if (followup.getRound() < DECIDED || followup.getRound() >= rounds) {
      return "got a follow-up for round %d; expected 0 to %d, or -1 when the ballot is decided".formatted(followup.getRound(), rounds - 1);
    }
    return null;
  }
}
