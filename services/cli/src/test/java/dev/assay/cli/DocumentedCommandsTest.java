package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The commands that README and docs print: there are such commands, options and values, such benchmarks and such pages. The tutorials' are run
 * as well ({@link TutorialIT}).
 */
final class DocumentedCommandsTest {

  private static final Path ROOT = Path.of(System.getProperty("assay.project.root"));

  /** A line of a page that is a command: indented, or in a block of the shell's. */
  private static final Pattern LINE = Pattern.compile("^ {0,6}(?:\\$ )?(?:\\./)?(assay [a-z].*)$", Pattern.MULTILINE);

  private static final Pattern IN_A_SENTENCE = Pattern.compile("`(?:\\./)?(assay [a-z][^`]*)`");
  private static final Pattern BENCHMARK = Pattern.compile("bench/run ([a-z][a-z-]+)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  /** What stands behind a command on its line: a comment, a second column, a redirection, the next command. */
  private static final Pattern REST = Pattern.compile("\\s+#.*$|\\s{2,}\\S.*$|\\s+[|&>;].*$|;.*$");

  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      List<Path> pages = new ArrayList<>(docs.filter(page -> page.toString().endsWith(".md")).toList());
      pages.add(ROOT.resolve("README.md"));
      pages.add(ROOT.resolve("bench/README.md"));
      return pages.stream().map(ROOT::relativize);
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commands_ofAPage_areUnderstood(Path page) {
    for (String command : found(LINE, text(page).replaceAll("\\\\\n\\s*", ""))) {
      String bare = REST.matcher(command).replaceFirst("");
      assertThatCode(() -> assay().parseArgs(words(bare))).as("%s: %s", page, bare).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commandsInSentences_ofAPage_haveTheOptionsThatTheyName(Path page) {
    for (String command : found(IN_A_SENTENCE, text(page))) {
      CommandLine at = assay();
      for (String word : words(command)) {
        if (at.getSubcommands().containsKey(word)) {
          at = at.getSubcommands().get(word);
        }
        String option = word.replaceFirst("=.*", "");
        if (option.startsWith("--")) {
          assertThat(at.getCommandSpec().optionsMap()).as("%s: %s", page, command).containsKey(option);
        }
      }
      assertThat(at.getParent()).as("%s: %s", page, command).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void benchmarksAndLinks_ofAPage_areThere(Path page) {
    String benchmarks = text(Path.of("bench/run"));
    assertThat(found(BENCHMARK, text(page))).as("benchmarks of %s", page).allSatisfy(name -> assertThat(benchmarks).containsPattern("[ |]" + name + "[ |)]"));
    assertThat(found(LINK, text(page))).as("links of %s", page).allSatisfy(link -> assertThat(ROOT.resolve(page).resolveSibling(link)).exists());
  }

  @Test
  void readme_hasItsCommandsWhereTheyAreLookedFor() {
    assertThat(found(LINE, text(Path.of("README.md")))).hasSizeGreaterThan(10);
  }

  private static CommandLine assay() {
    return Assay.commandLine(Console.system(), new Interruption());
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }

  /** The words behind {@code assay}. */
  private static String[] words(String command) {
    return WORD.matcher(command).results().skip(1).map(DocumentedCommandsTest::word).toArray(String[]::new);
  }

  private static String word(MatchResult match) {
    return Stream.of(1, 2, 3).map(match::group).filter(part -> part != null).findFirst().orElseThrow();
  }

  private static String text(Path page) {
    try {
      return Files.readString(ROOT.resolve(page));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
