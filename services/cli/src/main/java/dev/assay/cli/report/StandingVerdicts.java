package dev.assay.cli.report;

import dev.assay.records.Verdict;
import dev.assay.topology.tables.Reading;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The verdicts that count, out of all that the log holds: one for each prompt, run, model and checkpoint, as the tables keep them. The answer
 * that was made first counts; the same answer judged anew replaces what it was judged before. Verdicts of one answer must be added in the
 * order of the log. Verdicts that no table can count are left out, as the tables do. For one thread.
 */
public final class StandingVerdicts {

  private final SortedMap<Contestant, SortedMap<String, Verdict>> byContestant = new TreeMap<>();

  /** Takes a verdict into account; false when no table can count it. */
  public boolean add(Verdict verdict) {
    if (!isCountable(verdict)) {
      return false;
    }
    byContestant
        .computeIfAbsent(Contestant.of(verdict), _ -> new TreeMap<>())
        .merge(verdict.getPrompt(), verdict, (before, now) -> before.getAnsweredAt().isBefore(now.getAnsweredAt()) ? before : now);
    return true;
  }

  /** Everyone who has a verdict, by run, model and checkpoint. */
  public SortedSet<Contestant> contestants() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(byContestant.keySet()));
  }

  /** One's verdicts by the prompts' ids; none of a stranger. */
  public SortedMap<String, Verdict> of(Contestant contestant) {
    return Collections.unmodifiableSortedMap(byContestant.getOrDefault(contestant, new TreeMap<>()));
  }

  /** Every verdict that can be read has values. */
  private static boolean isCountable(Verdict verdict) {
    try {
      return !Reading.of(verdict).values().isEmpty();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
