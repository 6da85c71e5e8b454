package dev.assay.benchmarks.perturbation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A name of HELM's list.
 *
 * @param name lower case
 * @param type {@code first_name} or {@code last_name}
 * @param categories what it is associated with, such as race and gender
 */
record PersonName(String name, String type, List<Category> categories) {
  static final String FIRST = "first_name";
  static final String LAST = "last_name";

  PersonName {
    categories = List.copyOf(categories);
  }

  /** An association of a name, such as race and white_american. */
  record Category(String kind, String value) {}

  /** Reads {@code name,type,category,value,…}; empty when the line is none. */
  static Optional<PersonName> parse(String line) {
    List<String> cells = List.of(line.split(",", -1));
    boolean sound = cells.size() >= 4 && cells.size() % 2 == 0 && (cells.get(1).equals(FIRST) || cells.get(1).equals(LAST));
    if (!sound || cells.getFirst().isBlank()) {
      return Optional.empty();
    }
    List<Category> categories = new ArrayList<>();
    for (int i = 2; i < cells.size(); i += 2) {
      categories.add(new Category(cells.get(i), cells.get(i + 1)));
    }
    return Optional.of(new PersonName(cells.getFirst().strip().toLowerCase(Locale.ROOT), cells.get(1), categories));
  }

  /** Whether the list associates it with the value. */
  boolean is(String kind, String value) {
    return categories.contains(new Category(kind, value));
  }

  /** What the list associates it with in the kind of category. */
  Stream<String> values(String kind) {
    return categories.stream().filter(each -> each.kind().equals(kind)).map(Category::value);
  }
}
