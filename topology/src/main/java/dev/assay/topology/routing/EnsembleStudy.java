package dev.assay.topology.routing;

import dev.assay.records.Verdict;
import dev.assay.topology.scoring.PairedDifference;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which model adds what to the unweighted ensemble, from verdicts that are there: the ensemble of all beside that of all but one, on the prompts
 * that every model has answered.
 *
 * @param prompts how many these are
 * @param ensemble mean value of the ensemble of all
 * @param oracle mean value where the best answer counts
 * @param members the models, with what each is worth
 */
public record EnsembleStudy(long prompts, double ensemble, double oracle, SortedMap<String, Worth> members) {
  /**
   * What a model is worth.
   *
   * @param alone mean value of its own answers
   * @param adds the ensemble of all minus that without the model, prompt by prompt
   * @param ahead the ensemble of all minus the model alone, prompt by prompt
   */
  public record Worth(double alone, PairedDifference adds, PairedDifference ahead) {
    private Worth plus(double own, double all, double without) {
      return new Worth(alone + own, adds.merge(PairedDifference.of(all, without)), ahead.merge(PairedDifference.of(all, own)));
    }
  }

  /**
   * Studies prompts.
   *
   * @param prompts the verdicts on each prompt
   * @throws IllegalArgumentException when no prompt was answered by all of two models or more
   */
  public static EnsembleStudy of(Collection<List<Verdict>> prompts) {
    List<List<Verdict>> own = prompts.stream().map(all -> all.stream().filter(each -> !Votes.isVirtual(each.getModel())).toList()).toList();
    SortedSet<String> models = own.stream().flatMap(List::stream).map(Verdict::getModel).collect(Collectors.toCollection(TreeSet::new));
    List<List<Verdict>> complete = own.stream().filter(all -> models(all).equals(models)).toList();
    if (models.size() < 2 || complete.isEmpty()) {
      throw new IllegalArgumentException("got no prompt that two models or more have all answered; the verdicts are of %s".formatted(models));
    }
    SortedMap<String, Worth> worth = new TreeMap<>();
    models.forEach(model -> worth.put(model, new Worth(0, PairedDifference.EMPTY, PairedDifference.EMPTY)));
    double ensemble = 0;
    double oracle = 0;
    for (List<Verdict> verdicts : complete) {
      double all = value(verdicts);
      ensemble += all;
      oracle += verdicts.stream().mapToDouble(Ensemble::value).max().orElse(0);
      for (Verdict verdict : verdicts) {
        double without = value(verdicts.stream().filter(other -> !other.getModel().equals(verdict.getModel())).toList());
        worth.computeIfPresent(verdict.getModel(), (_, before) -> before.plus(Ensemble.value(verdict), all, without));
      }
    }
    double n = complete.size();
    worth.replaceAll((_, sum) -> new Worth(sum.alone / n, sum.adds, sum.ahead));
    return new EnsembleStudy(complete.size(), ensemble / n, oracle / n, worth);
  }

  private static double value(List<Verdict> verdicts) {
    return Ensemble.valueOf(Ensemble.merge(verdicts, Map.of()).outcome());
  }

  private static SortedSet<String> models(List<Verdict> verdicts) {
    return verdicts.stream().map(Verdict::getModel).collect(Collectors.toCollection(TreeSet::new));
  }
}
