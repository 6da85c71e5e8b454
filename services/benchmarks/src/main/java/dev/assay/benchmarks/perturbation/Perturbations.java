package dev.assay.benchmarks.perturbation;

import dev.assay.records.PerturbationFamily;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The perturbations by name. A name says all parameters: {@code misspelling_0.1} misspells each known word with probability 0.1. A suite
 * of HELM's run expander ({@code robustness}, {@code fairness}, {@code canonical}, …) stands for several.
 */
public final class Perturbations {
  private static final String P = "(\\d(?:\\.\\d{1,4})?)";
  private static final String COUNT = "([1-9]\\d?)";
  private static final String GENDER = "(neutral|female|male)";
  private static final List<String> GENDERS = List.of("neutral", "female", "male");
  private static final Map<String, String> FIRST_NAME_RACES = Map.of("white", "white_american", "black", "black_american");

  /** HELM's {@code PERTURBATION_SPECS_DICT} (run_expander.py), but for its Chinese suites, translations and picture styles. */
  private static final Map<String, List<String>> SUITES = suites();

  private static final List<Form> FORMS =
      List.of(
          form("lowercase", "lowercase", (_, _) -> (text, _) -> text.toLowerCase(Locale.ROOT)),
          form("contraction", "contraction", (_, _) -> WordRules.contraction()),
          form("expansion", "expansion", (_, _) -> WordRules.expansion()),
          form("space_max<N>", "space_max" + COUNT, (m, _) -> SpaceRules.runsOfUpTo(count(m, 1))),
          form("extra_space<N>", "extra_space" + COUNT, (m, _) -> SpaceRules.eachTimes(count(m, 1))),
          form("misspelling_<P>", "misspelling_" + P, (m, lists) -> WordRules.misspelling(lists.misspellings(), probability(m, 1))),
          form("typos_<P>", "typos_" + P, (m, _) -> WordRules.typos(probability(m, 1))),
          form("filler_<P>", "filler_" + P, (m, _) -> WordRules.filler(probability(m, 1), true)),
          form("filler_<P>_nospeaker", "filler_" + P + "_nospeaker", (m, _) -> WordRules.filler(probability(m, 1), false)),
          form("synonym_<P>", "synonym_" + P, (m, _) -> Synonyms.rule(probability(m, 1))),
          form("mild_mix", "mild_mix", (_, lists) -> mildMix(lists)),
          fairForm("dialect_SAE_AAVE_<P>", "dialect_SAE_AAVE_" + P, (m, lists) -> WordRules.dialect(lists.dialect(), probability(m, 1))),
          fairForm(
              "gender_terms|pronouns_<FROM>_<TO>_<P>",
              "gender_(terms|pronouns)_" + GENDER + "_" + GENDER + "_" + P,
              (m, _) -> WordRules.gender(pairs(m.group(1), m.group(2), m.group(3)), probability(m, 4))),
          fairForm(
              "gender_terms|pronouns_bidirectional_<P>",
              "gender_(terms|pronouns)_bidirectional_" + P,
              (m, _) ->
                  WordRules.gender(
                      Stream.concat(pairs(m.group(1), "male", "female").stream(), pairs(m.group(1), "female", "male").stream()).toList(),
                      probability(m, 2))),
          new Form(
              "person_name_white|black_white|black_<P>[_nogender]",
              Pattern.compile("person_name_(white|black)_(white|black)_" + P + "(_nogender)?"),
              (m, context) ->
                  new PersonNamePerturbation(
                      m.group(), context.lists(), PersonName.FIRST, race(m, 1), race(m, 2), probability(m, 3), m.group(4) == null)),
          new Form(
              "person_name_last_<FROM>_<TO>_<P>",
              Pattern.compile("person_name_last_([a-z]+)_([a-z]+)_" + P),
              (m, context) ->
                  new PersonNamePerturbation(
                      m.group(), context.lists(), PersonName.LAST, m.group(1), m.group(2), probability(m, 3), false)));

  private Perturbations() {}

  /** What a perturbation is made with. */
  private record Context(WordLists lists, OptionalLong copy) {}

  /** A kind of name, as people write it and as it is read. */
  private record Form(String form, Pattern pattern, BiFunction<MatchResult, Context, Perturbation> make) {}

  /**
   * The perturbation of that name.
   *
   * @throws IllegalArgumentException when no perturbation is called so; the message lists the forms of names
   * @throws WordListException when it needs a list that is not there
   */
  public static Perturbation of(String name, WordLists lists) {
    return of(name, new Context(lists, OptionalLong.empty()));
  }

  /** A further copy: HELM's seed goes before the id. */
  public static Perturbation ofCopy(String name, WordLists lists, long copy) {
    return of(name, new Context(lists, OptionalLong.of(copy)));
  }

  /** The perturbations of names and suites separated by commas, each once, in order; errors as {@link #of}. */
  public static List<Perturbation> parse(String names, WordLists lists) {
    List<Perturbation> perturbations =
        Stream.of(names.split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .flatMap(name -> SUITES.getOrDefault(name, List.of(name)).stream())
            .distinct()
            .map(name -> of(name, lists))
            .toList();
    if (perturbations.isEmpty()) {
      throw new IllegalArgumentException("No perturbation named; expected one of " + String.join(", ", forms()));
    }
    return perturbations;
  }

  /** The forms of names, then the names of suites: for help and messages. */
  public static List<String> forms() {
    return Stream.concat(FORMS.stream().map(Form::form), SUITES.keySet().stream()).toList();
  }

  private static Perturbation of(String name, Context context) {
    for (Form form : FORMS) {
      Matcher matcher = form.pattern().matcher(name);
      if (matcher.matches()) {
        return form.make().apply(matcher, context);
      }
    }
    throw new IllegalArgumentException(
        "Unknown perturbation \"%s\"; expected one of %s, where <P> is a probability from 0 to 1 and <N> a count from 1 to 99"
            .formatted(name, String.join(", ", FORMS.stream().map(Form::form).toList())));
  }

  private static Form form(String form, String pattern, BiFunction<MatchResult, WordLists, TextRule> rule) {
    return textForm(form, pattern, PerturbationFamily.ROBUSTNESS, rule);
  }

  private static Form fairForm(String form, String pattern, BiFunction<MatchResult, WordLists, TextRule> rule) {
    return textForm(form, pattern, PerturbationFamily.FAIRNESS, rule);
  }

  private static Form textForm(String form, String pattern, PerturbationFamily family, BiFunction<MatchResult, WordLists, TextRule> rule) {
    return new Form(
        form,
        Pattern.compile(pattern),
        (match, context) -> new TextPerturbation(match.group(), family, rule.apply(match, context.lists()), context.copy()));
  }

  /** {@code MildMixPerturbation}. */
  private static TextRule mildMix(WordLists lists) {
    final double misspelt = 0.1;
    final int mostSpaces = 3;
    TextRule lowercase = (text, _) -> text.toLowerCase(Locale.ROOT);
    return lowercase
        .then(WordRules.contraction())
        .then(WordRules.misspelling(lists.misspellings(), misspelt))
        .then(SpaceRules.runsOfUpTo(mostSpaces));
  }

  private static List<List<String>> pairs(String mode, String source, String target) {
    int from = GENDERS.indexOf(source);
    int to = GENDERS.indexOf(target);
    return WordLists.carried("gender_" + mode + ".json").stream().map(row -> List.of(row.get(from), row.get(to))).toList();
  }

  private static String race(MatchResult match, int group) {
    return FIRST_NAME_RACES.getOrDefault(match.group(group), match.group(group));
  }

  private static int count(MatchResult match, int group) {
    return Integer.parseInt(match.group(group));
  }

  private static double probability(MatchResult match, int group) {
    double probability = Double.parseDouble(match.group(group));
    if (probability > 1) {
      throw new IllegalArgumentException("Perturbation \"%s\": probability %s; expected 0 to 1".formatted(match.group(), match.group(group)));
    }
    return probability;
  }

  private static Map<String, List<String>> suites() {
    List<String> robustness = List.of("mild_mix");
    List<String> fairness = List.of("dialect_SAE_AAVE_1.0", "gender_pronouns_male_female_1.0", "person_name_white_black_1.0");
    List<String> canonical = new ArrayList<>(robustness);
    canonical.addAll(fairness);
    Map<String, List<String>> suites = new LinkedHashMap<>();
    suites.put("robustness", robustness);
    suites.put("fairness", fairness);
    suites.put("canonical", List.copyOf(canonical));
    suites.put(
        "robustness_all",
        List.of(
            "contraction", "expansion", "filler_0.1_nospeaker", "lowercase", "misspelling_0.1", "space_max3", "synonym_0.1", "typos_0.01"));
    suites.put("extra_space", List.of("extra_space2"));
    suites.put("space", List.of("space_max3"));
    suites.put("lower", List.of("lowercase"));
    suites.put("contract", List.of("contraction", "expansion"));
    suites.put("filler", List.of("filler_0.3_nospeaker"));
    suites.put("misspelling_mild", List.of("misspelling_0.05"));
    suites.put("misspelling_medium", List.of("misspelling_0.2"));
    suites.put("misspelling_hard", List.of("misspelling_0.5"));
    suites.put("misspelling_sweep", List.of("misspelling_0", "misspelling_0.05", "misspelling_0.2", "misspelling_0.5"));
    suites.put("typo_easy", List.of("typos_0.1"));
    suites.put("typo_medium", List.of("typos_0.3"));
    suites.put("typo_hard", List.of("typos_0.5"));
    suites.put("synonym", List.of("synonym_0.5"));
    Map<String, String> strengths = Map.of("easy", "0.1", "medium", "0.3", "hard", "0.5", "deterministic", "1.0");
    for (String strength : List.of("easy", "medium", "hard", "deterministic")) {
      String p = strengths.get(strength);
      suites.put("dialect_" + strength, List.of("dialect_SAE_AAVE_" + p));
      suites.put("gender_terms_" + strength, List.of("gender_terms_male_female_" + p));
      suites.put("gender_pronouns_" + strength, List.of("gender_pronouns_male_female_" + p));
    }
    suites.put("person_name_first_hard_preserve_gender", List.of("person_name_white_black_0.5"));
    suites.put("person_name_first_hard_dont_preserve_gender", List.of("person_name_white_black_0.5_nogender"));
    suites.put("person_name_first_deterministic", List.of("person_name_white_black_1.0"));
    suites.put("person_name_last_hard", List.of("person_name_last_white_hispanic_0.5"));
    suites.put("person_name_last_deterministic", List.of("person_name_last_white_hispanic_1.0"));
    return suites;
  }
}
