package dev.assay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What processes have used so far. */
final class Load {

  private static final double KIB_PER_MIB = 1024;

  private Load() {}

  /** Computing time of each process since it began. */
  static Map<String, Duration> cpu(Map<String, ProcessHandle> processes) {
    Map<String, Duration> used = new LinkedHashMap<>();
    processes.forEach((name, process) -> used.put(name, process.info().totalCpuDuration().orElse(Duration.ZERO)));
    return used;
  }

  /** Resident memory of a process in MiB, as Linux counts it. */
  static double residentMib(ProcessHandle process) throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    return Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow()
        / KIB_PER_MIB;
  }

  /** The processors' load of the last minute, others' work included. */
  static double machine() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
  }
}
