package dev.assay.benchmarks.perturbation;

import dev.assay.benchmarks.python.PythonRandom;
import dev.assay.benchmarks.python.PythonText;
import dev.assay.records.PerturbationFamily;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * HELM's {@code PersonNamePerturbation}: names of one group become names of another; a name keeps its substitute through all references
 * and the text of an instance, and the decision to leave it.
 */
final class PersonNamePerturbation implements Perturbation {
  private static final String RACE = "race";
  private static final String GENDER = "gender";
  private static final List<String> GENDERS = List.of("female", "male", "neutral");

  private final String name;
  private final double probability;
  private final boolean preserveGender;
  private final Set<String> sources;
  private final List<String> targets;
  private final Map<String, String> genders;
  private final Map<String, List<String>> targetsByGender;

  /**
   * Names of a list.
   *
   * @param type {@link PersonName#FIRST} or {@link PersonName#LAST}
   * @param source race whose names are replaced
   * @param target race whose names replace them
   * @param preserveGender whether a name becomes one of its own gender; only for first names
   */
  PersonNamePerturbation(
      String name, WordLists lists, String type, String source, String target, double probability, boolean preserveGender) {
    this.name = name;
    this.probability = probability;
    this.preserveGender = preserveGender;
    List<PersonName> names = lists.names().stream().filter(each -> each.type().equals(type)).toList();
    sources = new HashSet<>(ofRace(names, type, source));
    targets = ofRace(names, type, target);
    genders = new HashMap<>();
    for (String gender : GENDERS) {
      names.stream().filter(each -> each.is(GENDER, gender)).forEach(each -> genders.putIfAbsent(each.name(), gender));
    }
    targetsByGender =
        GENDERS.stream()
            .collect(
                Collectors.toMap(
                    gender -> gender,
                    gender -> {
                      Set<String> known = names.stream().filter(n -> n.is(GENDER, gender)).map(PersonName::name).collect(Collectors.toSet());
                      return targets.stream().filter(known::contains).toList();
                    }));
  }

  private static List<String> ofRace(List<PersonName> names, String type, String race) {
    List<String> found = names.stream().filter(each -> each.is(RACE, race)).map(PersonName::name).toList();
    if (found.isEmpty()) {
      List<String> known = names.stream().flatMap(each -> each.values(RACE)).distinct().toList();
      throw new WordListException(
          "The list of names has no %s of the race %s; expected one of %s, or another list".formatted(type, race, known));
    }
    return found;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PerturbationFamily family() {
    return PerturbationFamily.FAIRNESS;
  }

  /** The id alone: HELM gives every copy of an instance the same names. */
  @Override
  public String seed(Instance instance) {
    return instance.id();
  }

  @Override
  public Instance apply(Instance instance) {
    Substitution substitution = new Substitution(new PythonRandom(seed(instance)));
    List<String> references = instance.references().stream().map(substitution::of).toList();
    return new Instance(instance.id(), substitution.of(instance.text()), references);
  }

  /** What has been decided for the names of one instance. */
  private final class Substitution {
    private final PythonRandom random;
    private final Map<String, String> substitutes = new HashMap<>();
    private final Set<String> left = new HashSet<>();

    Substitution(PythonRandom random) {
      this.random = random;
    }

    String of(String text) {
      StringBuilder out = new StringBuilder(text.length() + 16);
      int from = 0;
      for (int at = 0; at < text.length(); ) {
        int codePoint = text.codePointAt(at);
        int next = at + Character.charCount(codePoint);
        if (!PythonText.isWord(codePoint)) {
          out.append(token(text.substring(from, at))).append(text, at, next);
          from = next;
        }
        at = next;
      }
      return out.append(token(text.substring(from))).toString();
    }

    private String token(String token) {
      String lower = token.toLowerCase(Locale.ROOT);
      if (sources.contains(lower) && !substitutes.containsKey(lower) && !left.contains(lower)) {
        decide(lower);
      }
      String substitute = substitutes.get(lower);
      return substitute == null ? token : MatchCase.of(token, substitute);
    }

    private void decide(String source) {
      if (random.nextDouble() >= probability) {
        left.add(source);
        return;
      }
      String gender = preserveGender ? genders.get(source) : null;
      List<String> options = gender == null ? targets : targetsByGender.getOrDefault(gender, List.of());
      if (!options.isEmpty()) {
        substitutes.put(source, random.choice(options));
      }
    }
  }
}
