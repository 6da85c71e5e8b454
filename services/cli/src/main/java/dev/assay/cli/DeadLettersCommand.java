package dev.assay.cli;

import dev.assay.cli.report.RecordTree;
import dev.assay.cli.stack.DeadLetterLog.Letter;
import dev.assay.cli.stack.DeadLetterLog;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.platform.StackOptions;
import dev.assay.records.Answer;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the stages gave up, and the way back. */
@Command(
    name = "dead-letters",
    description = "Lists, shows and retries what the stages gave up. Starts the embedded stack for the time if none runs.",
    footer = {"  assay dead-letters list --run demo-20260101-120000", "  assay dead-letters show 0-17", "  assay dead-letters retry 0-17"})
final class DeadLettersCommand implements Runnable {

  private static final int SHORT_REASON = 160;
  private static final int SHOWN_BYTES = 256;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  DeadLettersCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), "expected list, show or retry");
  }

  @Command(
      name = "list",
      description = "Lists dead letters with where they came from and why they were given up.",
      footer = {"  assay dead-letters list", "  assay dead-letters list --run demo-20260101-120000 --json"})
  Integer list(
      @Mixin StackChoice choice,
      @Option(names = "--run", paramLabel = "RUN", description = "Only those of this run.") @Nullable String run,
      @Option(names = "--json", description = "Print them as JSON.") boolean json) {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<Letter> letters =
          new DeadLetterLog(site.settings(), site.registry())
              .read().stream().filter(letter -> run == null || letter.about().run().equals(run)).toList();
      if (json) {
        context.console().json(letters.stream().map(DeadLettersCommand::tree).toList());
      } else if (letters.isEmpty()) {
        context.console().note("no dead letter");
      } else {
        table(letters).forEach(context.console()::line);
      }
    }
    return 0;
  }

  @Command(
      name = "show",
      description = "Shows one dead letter: its headers, and its record as far as it can be read.",
      footer = "  assay dead-letters show 0-17")
  Integer show(
      @Mixin StackChoice choice,
      @Parameters(paramLabel = "ID", description = "As 'assay dead-letters list' shows it.") String id) {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      Letter letter = find(new DeadLetterLog(site.settings(), site.registry()).read(), id);
      Map<String, @Nullable Object> shown = tree(letter);
      shown.put("record", decoded(letter, site.registry()));
      context.console().json(shown);
    }
    return 0;
  }

  @Command(
      name = "retry",
      description = "Hands dead letters to the stages again: a prompt that a model failed at is asked of that model anew, anything else is produced again.",
      footer = {"  assay dead-letters retry 0-17 0-18", "  assay dead-letters retry --run demo-20260101-120000"})
  Integer retry(
      @Mixin StackChoice choice,
      @Parameters(arity = "0..*", paramLabel = "ID", description = "As 'assay dead-letters list' shows them.") @Nullable List<String> ids,
      @Option(names = "--run", paramLabel = "RUN", description = "All of this run.") @Nullable String run) {
    List<String> named = ids == null ? List.of() : ids;
    if (named.isEmpty() == (run == null)) {
      throw new ParameterException(
          java.util.Objects.requireNonNull(spec).subcommands().get("retry"), "expected ids, or --run; got " + (run == null ? "neither" : "both"));
    }
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      DeadLetterLog log = new DeadLetterLog(site.settings(), site.registry());
      List<Letter> all = log.read();
      List<Letter> wanted =
          run == null
              ? named.stream().map(id -> find(all, id)).toList()
              : all.stream().filter(letter -> letter.about().run().equals(run)).toList();
      if (wanted.isEmpty()) {
        throw new CommandFailure("run " + run + " has no dead letter; 'assay dead-letters list' shows all");
      }
      log.retry(wanted);
      context.console().line(
          "%d record%s handed to the stages again; %s".formatted(
              wanted.size(),
              wanted.size() == 1 ? "" : "s",
              site.isOwned() ? "the stages take them up at the next 'assay up' or 'assay eval'" : "'assay tables' shows what comes of it"));
    }
    return 0;
  }

  /** Dead letters as a table. */
  static List<String> table(List<Letter> letters) {
    TextTable table = new TextTable().words("id").words("run").words("prompt").words("model").words("stage").words("from").words("reason");
    letters.forEach(
        letter ->
            table.row(
                letter.id(),
                letter.about().run(),
                letter.about().prompt(),
                letter.about().model(),
                letter.about().stage(),
                letter.origin(),
                cut(letter.about().reason())));
    return table.lines();
  }

  private static String cut(String reason) {
    String line = reason.replaceAll("\\s+", " ");
    return line.length() <= SHORT_REASON ? line : line.substring(0, SHORT_REASON) + "…";
  }

  private static Letter find(List<Letter> letters, String id) {
    return letters.stream()
        .filter(letter -> letter.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new CommandFailure("there is no dead letter " + id + "; 'assay dead-letters list' shows all " + letters.size()));
  }

  private static Map<String, @Nullable Object> tree(Letter letter) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("id", letter.id());
    tree.put("at", letter.at().toString());
    tree.put("topic", letter.about().topic());
    tree.put("partition", letter.about().partition());
    tree.put("offset", letter.about().offset());
    tree.put("stage", letter.about().stage());
    tree.put("reason", letter.about().reason());
    tree.put("run", letter.about().run());
    tree.put("prompt", letter.about().prompt());
    tree.put("model", letter.about().model());
    tree.put("key", letter.key() == null ? null : new String(letter.key(), StandardCharsets.UTF_8));
    tree.put("bytes", letter.value() == null ? null : letter.value().length);
    return tree;
  }

  private static Object decoded(Letter letter, SchemaRegistryClient registry) {
    Map<String, Class<? extends SpecificRecord>> types =
        Map.of(Topics.PROMPTS, Prompt.class, Topics.ANSWERS, Answer.class, Topics.VERDICTS, Verdict.class);
    String topic = letter.about().topic();
    Class<? extends SpecificRecord> type = Topics.isRequests(topic) ? Request.class : types.get(topic);
    List<String> reasons = new ArrayList<>();
    if (type != null) {
      try {
        return RecordTree.of(RecordCodec.of(registry, type).decode(letter.value()));
      } catch (UndecodableRecordException e) {
        reasons.add(String.valueOf(e.getMessage()));
      }
    } else {
      reasons.add("topic '" + topic + "' has no schema here");
    }
    Map<String, Object> unreadable = new LinkedHashMap<>();
    unreadable.put("unreadable", reasons.getFirst());
    byte[] value = letter.value() == null ? new byte[0] : letter.value();
    unreadable.put("first bytes", HexFormat.of().formatHex(value, 0, Math.min(value.length, SHOWN_BYTES)));
    return unreadable;
  }
}
