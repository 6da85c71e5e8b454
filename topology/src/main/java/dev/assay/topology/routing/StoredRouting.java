package dev.assay.topology.routing;

import dev.assay.records.Verdict;
import dev.assay.topology.routing.policy.Choice;
import dev.assay.topology.routing.policy.Experience;
import dev.assay.topology.routing.policy.GuardedPolicy;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all models together and the router would have answered, of verdicts that are all there. What was decided about a prompt by the
 * knowledge of the moment is taken from the log; or it is decided anew, prompt by prompt in the order in which they were asked, each by what
 * the verdicts before it tell. Either way the outcome depends on the verdicts alone, not on who brings them when. Safe for many threads.
 */
public final class StoredRouting {
  private static final Logger LOG = LoggerFactory.getLogger(StoredRouting.class);

  private final Map<String, Gathering> gatherings = new TreeMap<>();
  private final Map<String, String> texts = new HashMap<>();
  private final Optional<RouterSettings> anew;

  /**
   * Nothing is known yet.
   *
   * @param anew how it is decided anew; empty: as recorded, and prompts of which nothing is recorded are not merged
   */
  public StoredRouting(Optional<RouterSettings> anew) {
    this.anew = anew;
  }

  /** Takes what was decided from a virtual model's verdict in the log. */
  public synchronized void recorded(Verdict virtual) {
    boolean decision = virtual.getModel().equals(Votes.WEIGHTED) || (virtual.getModel().equals(Votes.ROUTER) && !RoutedVerdicts.isAsked(virtual));
    if (anew.isEmpty() && decision && virtual.getBasis() != null) {
      gatherings.merge(
          virtual.getPrompt(),
          Gathering.NEW.withRecorded(virtual.getModel(), Decision.of(virtual.getBasis())),
          (before, _) -> before.withRecorded(virtual.getModel(), Decision.of(virtual.getBasis())));
    }
  }

  /** Whether it is decided anew by a policy that looks at texts: then {@link #asked} is to be told them. */
  public boolean wantsTexts() {
    return anew.isPresent() && anew.get().looksAtText();
  }

  /** Takes the text of a prompt. */
  public synchronized void asked(String prompt, String text) {
    texts.put(prompt, text);
  }

  /** Whether anything is to be merged. */
  public synchronized boolean isWanted() {
    return anew.isPresent() || !gatherings.isEmpty();
  }

  /** Takes a model's verdict, as it is judged now. */
  public synchronized void judged(Verdict verdict) {
    if (Votes.isVirtual(verdict.getModel())
        || GatheringProcessor.modelsOf(verdict).size() < GatheringProcessor.FEWEST_MODELS
        || (anew.isEmpty() && !gatherings.containsKey(verdict.getPrompt()))) {
      return;
    }
    Verdict light = GatheringProcessor.withoutOrders(verdict);
    gatherings.merge(verdict.getPrompt(), Gathering.NEW.withMember(light), (before, _) -> before.withMember(light));
  }

  /** The virtual models' verdicts, in an order of their own that is always the same. */
  public synchronized List<Verdict> merged() {
    List<Gathering> all = new ArrayList<>(gatherings.values().stream().filter(gathering -> !gathering.members().isEmpty()).toList());
    all.sort(Comparator.comparing((Gathering gathering) -> gathering.members().getFirst().getPromptedAt()).thenComparing(StoredRouting::prompt));
    Map<String, TrackRecord> records = new HashMap<>();
    Experience experience = new Experience(Experience.MOST);
    List<Verdict> made = new ArrayList<>();
    for (Gathering gathering : all) {
      Gathering decided = anew.isPresent() ? decided(gathering, anew.get(), records, experience) : gathering;
      try {
        made.addAll(Merger.all(decided));
      } catch (RuntimeException e) {
        LOG.warn("nothing is merged of the verdicts on {}", prompt(gathering), e);
      }
    }
    return made;
  }

  private Gathering decided(Gathering gathering, RouterSettings settings, Map<String, TrackRecord> records, Experience experience) {
    Verdict first = gathering.members().getFirst();
    String kind = first.getTaskType().name();
    TrackRecord record = records.computeIfAbsent(kind, _ -> TrackRecord.of(null));
    // Of no clock: a second replay is to say the same.
    long at = first.getPromptedAt().toEpochMilli();
    List<String> models = List.copyOf(GatheringProcessor.models(gathering));
    Decision weighing = Decision.weighing(Merger.WEIGHTED, record.weights(models, GatheringProcessor.options(first)), at);
    Query query = GatheringProcessor.query(gathering, texts.getOrDefault(first.getPrompt(), ""));
    GuardedPolicy policy = new GuardedPolicy(settings.policy());
    Choice choice = policy.choose(query, new Known(record.cells(kind), Optional.empty(), GatheringProcessor.margins(gathering), experience));
    Decision routing = Decision.routing(policy.name() + ", decided anew", choice, at, 0);
    record.add(gathering.members());
    learn(settings, query, gathering, experience);
    return gathering.with(Votes.WEIGHTED, weighing).with(Votes.ROUTER, routing);
  }

  private static void learn(RouterSettings settings, Query query, Gathering gathering, Experience experience) {
    if (settings.policy().learns() && (!query.text().isBlank() || !settings.looksAtText())) {
      try {
        experience.add(StoredExperience.outcome(query, gathering.byModel().values()), settings.policy().meaning().of(query.text()));
      } catch (IllegalArgumentException e) {
        LOG.debug("nothing is learned from {}: {}", query.id(), e.getMessage());
      }
    }
  }

  private static String prompt(Gathering gathering) {
    return gathering.members().getFirst().getPrompt();
  }
}
