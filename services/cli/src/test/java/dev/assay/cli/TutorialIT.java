package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of the tutorials, taken out of the pages and run in their order as a reader runs it, in a folder that looks like the project's:
 * {@code sh} blocks are run, and the {@code text} blocks after them say which lines come out; an ellipsis stands for anything.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class TutorialIT {

  private static final List<String> PAGES = List.of("produce", "watch", "replay");
  private static final Pattern BLOCK = Pattern.compile("^```(sh|text)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final String STACK = "./assay up ";
  private static final List<String> NO_NETWORK =
      List.of("No matching distribution", "Could not find a version", "Temporary failure in name resolution", "Network is unreachable", "Connection", "ensurepip is not");
  private static final long LIMIT_SECONDS = 120;

  @TempDir private static Path place;

  private static final Map<String, String> PORTS = new LinkedHashMap<>();
  private static Process stack;
  private static String begin = "";
  private static boolean withoutPython;

  /** What a script said. */
  private record Said(int status, String output) {}

  /** A heading with its commands and what they are said to print. */
  private record Section(String name, String script, List<String> expected) {}

  @BeforeAll
  static void startTheStackOfThePages() throws Exception {
    layOut();
    for (String port : List.of("9092", "8081", "8787")) {
      PORTS.put(port, freePort());
    }
    begin = only(PAGES.stream().flatMap(page -> commands(page).filter(line -> line.startsWith(STACK))).distinct().toList());
    File log = place.resolve("stack.log").toFile();
    stack = process("exec " + begin).redirectErrorStream(true).redirectOutput(log).start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!Files.readString(log.toPath()).contains("Ctrl-C ends it")) {
      assertThat(stack.isAlive() && System.nanoTime() < until).as("%s", Files.readString(log.toPath())).isTrue();
      stack.waitFor(100, TimeUnit.MILLISECONDS);
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (stack != null) {
      stack.destroy();
      if (!stack.waitFor(30, TimeUnit.SECONDS)) {
        stack.descendants().forEach(ProcessHandle::destroyForcibly);
        stack.destroyForcibly();
      }
    }
  }

  /** The command and the libraries where a build has them, the pages' files where they are. */
  private static void layOut() throws IOException {
    Path root = Path.of(System.getProperty("assay.project.root"));
    Files.createSymbolicLink(place.resolve("docs"), root.resolve("docs"));
    Path lib = Files.createDirectories(place.resolve("services/cli/target/lib"));
    classPath(lib.resolve("assay.jar"));
    Path command = place.resolve("assay");
    Files.writeString(
        command,
        """
        #!/bin/sh
        exec "%s/bin/java" -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        -Dassay.registry.home="%s" -cp "%s/*" dev.assay.cli.Assay "$@"
        """
            .formatted(System.getProperty("java.home"), root.resolve("services/platform/target/registry"), lib));
    assertThat(command.toFile().setExecutable(true)).isTrue();
  }

  /** One library that stands for all that this test was started with. */
  private static void classPath(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    try (OutputStream file = Files.newOutputStream(jar)) {
      new JarOutputStream(file, manifest).close();
    }
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  @TestFactory
  Stream<DynamicTest> everyCommand_doesWhatThePageSays() {
    return PAGES.stream().flatMap(page -> sections(page).stream().map(section -> dynamicTest(page + ", " + section.name(), () -> run(page, section))));
  }

  private static void run(String page, Section section) throws Exception {
    String exports = commands(page).filter(line -> line.startsWith("export ")).collect(Collectors.joining("\n"));
    Said said = said(exports + "\n" + section.script());
    if (section.script().contains("venv/bin/pip") && said.status() != 0) {
      withoutPython = NO_NETWORK.stream().anyMatch(said.output()::contains);
    }
    assumeFalse(withoutPython && section.script().contains("venv/bin/"), () -> "Python's packages cannot be had here: " + said.output());
    assertThat(said.status()).as("%s", said.output()).isZero();
    for (String expected : section.expected()) {
      assertThat(said.output().lines()).as("'%s' in%n%s", expected, said.output()).anyMatch(line -> pattern(expected).matcher(line).matches());
    }
  }

  @TestFactory
  Stream<DynamicTest> everyProgram_isInAPage() throws IOException {
    String pages = PAGES.stream().map(TutorialIT::text).collect(Collectors.joining());
    try (Stream<Path> programs = Files.list(place.resolve("docs/examples"))) {
      return programs
          .map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".java") || name.endsWith(".py"))
          .toList()
          .stream()
          .map(name -> dynamicTest(name, () -> assertThat(pages).contains("docs/examples/" + name)));
    }
  }

  /** A page's headings; the stack of the first block runs already. */
  private static List<Section> sections(String page) {
    List<Section> sections = new ArrayList<>();
    for (String part : text(page).split("(?m)^## ", -1)) {
      List<String> commands = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      Matcher block = BLOCK.matcher(part);
      while (block.find()) {
        List<String> lines = block.group(2).lines().toList();
        if (block.group(1).equals("sh")) {
          lines.stream().filter(line -> !line.equals(begin)).forEach(commands::add);
        } else {
          expected.addAll(lines);
        }
      }
      if (!commands.isEmpty()) {
        sections.add(new Section(part.lines().findFirst().orElseThrow(), String.join("\n", commands), expected));
      }
    }
    assertThat(sections).extracting(Section::name).as(page).containsSubsequence("Before", "Shell", "Python", "Java");
    return sections;
  }

  private static Stream<String> commands(String page) {
    Matcher block = BLOCK.matcher(text(page));
    return block.results().filter(one -> one.group(1).equals("sh")).flatMap(one -> one.group(2).lines());
  }

  private static String text(String page) {
    try {
      return Files.readString(place.resolve("docs/tutorials").resolve(page + ".md"));
    } catch (IOException e) {
      throw new IllegalStateException(page, e);
    }
  }

  private static Pattern pattern(String line) {
    return Pattern.compile(
        Arrays.stream(line.split("…", -1))
            .map(part -> Arrays.stream(part.split(" +", -1)).map(Pattern::quote).collect(Collectors.joining(" +")))
            .collect(Collectors.joining(".*")));
  }

  private static Said said(String script) throws IOException, InterruptedException {
    Path output = Files.createTempFile(place, "said", ".log");
    Process process = process(script).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      return new Said(-1, "not done after %d s: %s".formatted(LIMIT_SECONDS, Files.readString(output)));
    }
    return new Said(process.exitValue(), Files.readString(output));
  }

  private static ProcessBuilder process(String script) {
    String here = script;
    for (Map.Entry<String, String> port : PORTS.entrySet()) {
      here = here.replaceAll("\\b" + port.getKey() + "\\b", port.getValue());
    }
    ProcessBuilder builder = new ProcessBuilder("bash", "-euc", here).directory(place.toFile());
    builder.environment().put("ASSAY_HOME", place.resolve("home").toString());
    // What runs for seconds is not worth the second compiler.
    builder.environment().put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    builder.environment().merge("PATH", "", (path, _) -> System.getProperty("java.home") + "/bin" + File.pathSeparator + path);
    return builder;
  }

  private static String only(List<String> lines) {
    assertThat(lines).as("the pages start one stack").hasSize(1);
    return lines.getFirst();
  }
}
