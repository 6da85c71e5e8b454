package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.assay.cli.report.PairStanding;
import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayOptions;
import dev.assay.platform.TestStack;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Scope;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.logging.Level;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The dashboard in a real browser, over the rows that a real broker has of stored answers. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class DashboardIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<Path> CHROMIUM = Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome").map(Path::of).toList();
  private static final List<Path> DRIVER = Stream.of("/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver").map(Path::of).toList();

  /** Text that runs in a browser which takes it for more than text. */
  private static final String HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>'\"&amp; ${7*7}";

  private static final int QUESTIONS = 12;

  @TempDir static Path folder;
  private static ChromeDriver browser;
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    Path chromium = installed("chromium", CHROMIUM);
    Path driver = installed("chromedriver (Debian: chromium-driver)", DRIVER);
    STACK.stack().ensureTopics(Topics.all());
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    Registries.registerSchemas(registry);
    writeBenchmark();
    evaluate("exam", letters("knows", i -> "B"), letters("half", i -> i % 2 == 0 ? "B" : "A"), letters("first", i -> "A"), letters("lossy", QUESTIONS - 2, i -> "B"));
    evaluate("retake", letters("knows", i -> "B"), letters("half", i -> i % 3 == 0 ? "B" : "C"));
    hostileRun(registry);
    gateway = Gateway.start(STACK.settings(), GatewayOptions.onPort(0, Site::typeOf));
    browser = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(driver.toFile()).build(), options(chromium));
  }

  private static Path installed(String what, List<Path> places) {
    return places.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(
            () -> {
              String missing = what + " is at none of " + places + "; the dashboard is tested in it";
              return "true".equals(System.getenv("CI")) ? fail(missing) : abort(missing);
            });
  }

  private static ChromeOptions options(Path chromium) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.toFile());
    options.addArguments(
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    return options;
  }

  private static void writeBenchmark() throws IOException {
    Path test = Files.createDirectories(folder.resolve("data/mmlu/test"));
    for (String subject : List.of("sums", "sizes")) {
      Files.write(
          test.resolve(subject + "_test.csv"),
          IntStream.range(0, QUESTIONS)
              .mapToObj(i -> "\"%s What is %d plus one, %s?\",%d,%d,%d,%d,B".formatted(HOSTILE.replace("\"", "\"\""), i, subject, i, i + 1, i + 2, i + 3))
              .toList());
    }
  }

  private static String letters(String name, IntFunction<String> letter) throws IOException {
    return letters(name, QUESTIONS, letter);
  }

  /** A model that answers the first questions of each subject. */
  private static String letters(String name, int answered, IntFunction<String> letter) throws IOException {
    List<String> lines =
        Stream.of("sums", "sizes")
            .flatMap(subject -> IntStream.range(0, answered).mapToObj(i -> "{\"prompt\": \"mmlu/%s/test/%d\", \"text\": \" %s\"}".formatted(subject, i, letter.apply(i))))
            .toList();
    return name + "=recorded:" + Files.write(Files.createTempFile(folder, name, ".jsonl"), lines);
  }

  private static void evaluate(String run, String... models) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), new Interruption())
        .execute(
            "eval", "--models", String.join(",", models), "--tasks", "mmlu", "--data", folder.resolve("data").toString(), "--run", run, "--routing",
            "--dir", folder.resolve("stack").toString(),
            "--bootstrap-servers", STACK.settings().bootstrapServers(), "--schema-registry", STACK.settings().registryUrl());
    assertThat(out.toString()).as(err.toString()).contains("mmlu/sums");
  }

  /** Names as no command would let them pass, but as any producer may write them. */
  private static void hostileRun(SchemaRegistryClient registry) throws Exception {
    Run run =
        Run.newBuilder()
            .setName("hostile")
            .setCreatedAt(Instant.ofEpochMilli(1))
            .setState(RunState.DONE)
            .setModels(List.of(HOSTILE))
            .setTasks(List.of(new TaskPlan(HOSTILE, 3)))
            .setExpected(3)
            .build();
    produce(Topics.RUNS, run.getName(), RecordCodec.of(registry, Run.class).encode(Topics.RUNS, run));
    for (Scope scope : List.of(Scope.RUN, Scope.TASK)) {
      row(registry, row("hostile", HOSTILE, scope, scope == Scope.RUN ? "*" : HOSTILE, "accuracy/one", 3, 2));
      row(registry, row("hostile", HOSTILE + "2", scope, scope == Scope.RUN ? "*" : HOSTILE, "accuracy/one", 3, 1));
    }
  }

  private static MetricRow row(String run, String model, Scope scope, String task, String metric, long n, long sum) {
    return MetricRow.newBuilder()
        .setRun(run).setModel(model).setCheckpoint("c").setScope(scope).setTask(task).setMetric(metric).setN(n).setMean((double) sum / n)
        .setStandardError(null).setLow(0.0).setHigh(1.0).setSum(Long.toString(sum)).setSumOfSquares(Long.toString(sum)).build();
  }

  private static void row(SchemaRegistryClient registry, MetricRow row) throws Exception {
    produce(Topics.METRICS, MetricKey.of(row).toString(), RecordCodec.of(registry, MetricRow.class).encode(Topics.METRICS, row));
  }

  private static void produce(String topic, String key, byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(STACK.settings().producer("test"), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value)).get();
    }
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.quit();
    }
    if (gateway != null) {
      gateway.close();
    }
  }

  @BeforeEach
  void forgetTheLog() {
    consoleErrors();
  }

  private static void open(String hash) {
    // As a click on a link does it: the page is not loaded again.
    if (Objects.requireNonNull(browser.getCurrentUrl()).startsWith(gateway.address())) {
      browser.executeScript("location.hash = arguments[0]", hash);
    } else {
      browser.get(gateway.address() + "/" + hash);
    }
    await("document.documentElement.dataset.shown === '%s' && document.documentElement.dataset.phase === 'live'".formatted(hash));
    await("!document.querySelector('#view .loading')");
  }

  private static void await(String condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!Boolean.TRUE.equals(browser.executeScript("return Boolean(" + condition + ")"))) {
      assertThat(System.nanoTime() - deadline).as(() -> "not within %s: %s; the page shows: %s".formatted(LIMIT, condition, text("body"))).isNegative();
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String text(String selector) {
    return Objects.requireNonNull(browser.findElement(By.cssSelector(selector)).getText());
  }

  private static List<String> texts(String selector) {
    return browser.findElements(By.cssSelector(selector)).stream().map(WebElement::getText).toList();
  }

  private static List<String> consoleErrors() {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .toList();
  }

  @Test
  @Order(1)
  void newcomer_readsAtTheRootWhatIsGoingOn() {
    open("");

    // Without a run in the address it is the newest.
    assertThat(text("#summary")).contains("retake", "done", "2 models answer 24 questions of 2 tasks", "100.0 %", "48 answers of 48");
    assertThat(text("#top .status")).isEqualTo("live");
    assertThat(browser.getTitle()).isEqualTo("Leaderboard · retake");
    assertThat(consoleErrors()).isEmpty();
  }

  @Test
  @Order(2)
  void leaderboard_hasTheRanksThatFollowFromTheDifferences() {
    open("#/leaderboard?run=exam");

    Map<String, int[]> standings = standings("exam");
    assertThat(standings).hasSize(4);
    standings.forEach(
        (who, betterAndWorse) -> {
          int best = betterAndWorse[1] + 1;
          int worst = standings.size() - betterAndWorse[0];
          String ranks = best == worst ? Integer.toString(best) : best + "–" + worst;
          assertThat(texts(".board tbody tr")).anySatisfy(line -> assertThat(line).startsWith(ranks + " " + who.substring(0, who.indexOf('@'))));
        });
    assertThat(texts(".board tbody tr").getFirst()).contains("100.0", "80.6 – 100.0", "24");
    assertThat(browser.findElements(By.cssSelector(".board .whiskers .range"))).hasSizeGreaterThanOrEqualTo(4);
  }

  /** How many others each model is surely better and worse than, as the command computes it from the same rows. */
  private static Map<String, int[]> standings(String run) {
    Map<String, int[]> standings = new TreeMap<>();
    try (TopicView<MetricRow> view =
        TopicView.open(STACK.settings(), Registries.connect(STACK.settings().registryUrl()), Topics.METRICS, MetricRow.class).catchUp()) {
      List<MetricRow> rows =
          view.rows().values().stream()
              .filter(row -> row.getRun().equals(run) && !row.getModel().startsWith("@") && !String.valueOf(row.getOther()).startsWith("@"))
              .toList();
      for (PairStanding pair : PairStanding.of(rows)) {
        int[] first = standings.computeIfAbsent(pair.first(), _ -> new int[2]);
        int[] second = standings.computeIfAbsent(pair.second(), _ -> new int[2]);
        if (pair.isDecided()) {
          (pair.difference() > 0 ? first : second)[0]++;
          (pair.difference() > 0 ? second : first)[1]++;
        }
      }
    }
    return standings;
  }

  @Test
  @Order(3)
  void tasks_areAMapThatTellsIntervalAndCountOnFocus() {
    open("#/tasks?run=exam");
    assertThat(texts(".map tbody th")).containsExactly("mmlu/sizes", "mmlu/sums");

    WebElement cell = browser.findElement(By.cssSelector(".map tbody td[tabindex='0']"));
    browser.executeScript("arguments[0].focus()", cell);
    browser.switchTo().activeElement().sendKeys(Keys.ARROW_DOWN);

    await("!document.getElementById('tip').hidden");
    assertThat(text("#tip")).contains("first on mmlu/sums", "0.0 %", "95 % between", "n = 12");
    browser.switchTo().activeElement().sendKeys(Keys.ESCAPE);
    await("document.getElementById('tip').hidden");
  }

  @Test
  @Order(4)
  void runs_standSideBySide() {
    open("#/leaderboard?run=exam&run=retake");
    assertThat(texts("#view .card h2")).containsExactly("exam", "retake");

    browser.findElement(By.linkText("Tasks")).click();

    await("location.hash.includes('run=exam') && location.hash.includes('run=retake')");
    await("document.querySelectorAll('.map .group').length === 2");
    assertThat(texts(".map .group")).containsExactly("exam", "retake");
  }

  @Test
  @Order(5)
  void agreementPositionsAndCost_showTheRows() {
    open("#/agreement?run=exam");
    assertThat(texts("#view .card h2")).containsExactly("Same answer", "Same wrong answer");
    assertThat(texts(".map tbody th").subList(0, 4)).containsExactly("first", "half", "knows", "lossy");

    open("#/positions?run=exam");
    // Every right option stands at B: one row a table.
    assertThat(texts("#view .card h2")).contains("first", "knows");
    assertThat(texts(".confusion h3").getFirst()).startsWith("Before voting");
    assertThat(browser.findElement(By.cssSelector(".confusion tbody tr")).getText().split("\\s+")).startsWith("B", "100.0", "0.0");

    open("#/cost?run=exam");
    assertThat(text("#view")).containsAnyOf("No costs yet", "oracle");
    assertThat(consoleErrors()).isEmpty();
  }

  @Test
  @Order(6)
  void series_goesFromRunToRun() {
    open("#/series?by=run&run=exam");

    await("document.querySelector('.chart canvas')");
    browser.findElement(By.cssSelector("#view details summary")).click();
    assertThat(texts("#view details tbody tr").stream().map(line -> line.replaceFirst("(?s)\\s.*", ""))).containsSubsequence("exam", "retake");
  }

  @Test
  @Order(7)
  void flow_isASumThatIsZero_andShowsDeadLetters() {
    open("#/flow?run=exam");
    await("document.querySelectorAll('.plain .reason').length > 0");

    assertThat(texts(".sum .term-of-sum b")).containsExactly("96", "92", "4", "0", "0");
    assertThat(text(".sum")).contains("nothing is lost");
    assertThat(text(".pipeline")).contains("Intake", "Workers", "Ballot", "Tables");
    assertThat(texts(".plain .reason").getFirst()).isNotBlank();
    assertThat(consoleErrors()).isEmpty();
  }

  @Test
  @Order(8)
  void question_showsVotesAndWhereItsRecordsLie() throws Exception {
    open("#/question?run=exam");
    await("document.querySelector('#view td + td')");
    assertThat(texts("#view tbody tr")).hasSize(2 * QUESTIONS);

    open("#/question?run=exam&id=mmlu/sums/test/3");
    await("document.querySelector('.votes tbody')");
    assertThat(text(".question")).contains(HOSTILE, "What is 3 plus one");
    assertThat(text(".options .right")).contains("B", "4", "right");
    assertThat(texts(".votes tbody tr").stream().filter(line -> line.startsWith("first")).findFirst().orElseThrow()).contains("✗ A");
    assertThat(text("#view")).contains("assay.prompts/", "assay.answers/", "assay.verdicts/", "Route and evidence");
    browser.findElement(By.cssSelector(".record summary")).click();
    assertThat(text(".record pre")).contains("\"id\": \"mmlu/sums/test/3\"");
    assertThat(browser.findElements(By.cssSelector("#view script, #view img"))).isEmpty();
    assertThat(browser.getTitle()).doesNotContain("run'");

    HttpResponse<String> unknown =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/runs/exam/questions/nothing")).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(unknown.statusCode()).isEqualTo(404);
  }

  @Test
  @Order(9)
  void hostileNames_stayText() {
    for (String view : List.of("leaderboard", "tasks", "series", "agreement", "positions", "cost", "flow")) {
      open("#/" + view + "?run=hostile");
      assertThat(browser.getTitle()).as(view).doesNotStartWith("run");
      assertThat(browser.findElements(By.cssSelector("main script, main img, #summary img"))).as(view).isEmpty();
    }
    open("#/leaderboard?run=hostile");
    assertThat(text(".board")).contains(HOSTILE);
    assertThat(consoleErrors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"leaderboard", "tasks", "series", "agreement", "positions", "cost", "flow", "question"})
  @Order(10)
  void everyView_isAccessible_inLightAndDark(String view) throws IOException {
    open("#/" + view + "?run=exam");
    for (String theme : List.of("light", "dark")) {
      String rules = "document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}";
      assertThat(violations(theme, rules, "r.violations")).as(view + ", " + theme).isEmpty();
    }
    assertThat(consoleErrors()).isEmpty();
  }

  /** Which shades of the maps a view shows depends on the scores; each must be readable. */
  @Test
  @Order(10)
  void everyShade_isReadable_inLightAndDark() throws IOException {
    open("#/tasks?run=exam");
    browser.executeScript(
        "const row = document.createElement('p'); row.id = 'shades';"
            + "for (let i = 0; i <= 10; i++) { const cell = document.createElement('span'); cell.className = 'shade-' + i; cell.textContent = i + ' %'; row.append(cell); }"
            // Over the page's own elements, which it would draw again without these.
            + "Object.assign(row.style, {position: 'fixed', top: '0', left: '0', zIndex: '1000'}); document.body.append(row)");
    for (String theme : List.of("light", "dark")) {
      assertThat(violations(theme, "'#shades', {runOnly: ['color-contrast']}", "[...r.violations, ...r.incomplete]")).as("shades, " + theme).isEmpty();
    }
    browser.executeScript("document.querySelector('#shades').remove()");
  }

  private static List<?> violations(String theme, String checked, String wanted) throws IOException {
    browser.executeScript("document.documentElement.dataset.theme = arguments[0]", theme);
    browser.executeScript(axe());
    return (List<?>)
        browser.executeAsyncScript(
            "const done = arguments[0]; axe.run(%s).then(r => done(%s.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | '))), error => done([String(error)]))"
                .formatted(checked, wanted));
  }

  private static String axe() throws IOException {
    try (InputStream script = DashboardIT.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  @Order(11)
  void onAPhone_nothingIsWiderThanTheScreen() {
    browser.manage().window().setSize(new Dimension(500, 850));
    try {
      for (String view : List.of("leaderboard", "tasks", "agreement", "positions", "cost", "flow", "question")) {
        open("#/" + view + "?run=exam");
        assertThat(browser.executeScript("return document.documentElement.scrollWidth <= window.innerWidth")).as(view).isEqualTo(true);
      }
    } finally {
      browser.manage().window().setSize(new Dimension(1440, 900));
    }
  }

  @Test
  @Order(12)
  void pages_loadNothingFromElsewhere_andSaySo() throws Exception {
    browser.navigate().refresh();
    open("#/series?run=exam");
    Object origins = browser.executeScript("return [...new Set(performance.getEntriesByType('resource').map(r => new URL(r.name).origin))]");
    assertThat((List<?>) origins).isEqualTo(List.of(gateway.address()));
    HttpResponse<String> page =
        HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(gateway.address() + "/")).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse("")).startsWith("default-src 'self'").doesNotContain("unsafe");
    for (String path : List.of("/dashboard/nothing.js", "/dashboard/..%2fopenapi.json", "/dashboard/%2e%2e%2f%2e%2e%2fGateway.class")) {
      HttpResponse<String> got =
          HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(gateway.address() + path)).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(got.statusCode()).as(path).isBetween(400, 404);
    }
  }

  @Test
  @Order(13)
  void answers_moveThePageThatIsOpen_alsoAfterTheGatewayWasAway() throws Exception {
    open("");
    evaluate("moving", letters("knows", i -> "B"), letters("half", i -> i % 2 == 0 ? "B" : "A"));
    await("document.querySelector('#summary').textContent.includes('moving') && document.querySelector('#summary').textContent.includes('48 answers of 48')");
    assertThat(consoleErrors()).isEmpty();

    int port = URI.create(gateway.address()).getPort();
    gateway.close();
    await("document.querySelector('#top .status').textContent === 'connection lost'");
    assertThat(text("#notice")).contains("stand still since");
    // What was shown stays.
    assertThat(text("#summary")).contains("48 answers of 48");

    evaluate("after", letters("knows", i -> "B"));
    gateway = Gateway.start(STACK.settings(), GatewayOptions.onPort(port, Site::typeOf));
    await("document.querySelector('#top .status').textContent === 'live'");
    await("document.querySelector('#summary').textContent.includes('after') && document.querySelector('#summary').textContent.includes('24 answers of 24')");
    assertThat(consoleErrors()).allSatisfy(error -> assertThat(error).contains("ERR_"));
  }
}
