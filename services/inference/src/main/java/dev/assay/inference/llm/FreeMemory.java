package dev.assay.inference.llm;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory of a device could be taken now. */
final class FreeMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final long KIB = 1024;

  private FreeMemory() {}

  /** Bytes; of the machine's memory, what a container's limit leaves of what the kernel could free. */
  static long of(Device device) {
    if (device.isGpu()) {
      return ofGpu(device);
    }
    // In a container the bean knows its limit; outside it does not count the page cache as free, but the kernel does.
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return Math.min(system.getTotalMemorySize(), Math.max(system.getFreeMemorySize(), available()));
  }

  private static long ofGpu(Device device) {
    try {
      MemoryUsage usage = CudaUtils.getGpuMemory(device);
      return usage.getMax() - usage.getUsed();
    } catch (IllegalStateException | IllegalArgumentException | UnsupportedOperationException e) {
      // libtorch carries a CUDA runtime of its own, under a name that this query does not know.
      throw new IllegalArgumentException(
          "the memory of %s is unknown (%s); set the budget for keys and values in bytes, or put libcudart on the loader's path"
              .formatted(device, e.getMessage()),
          e);
    }
  }

  private static long available() {
    try {
      return Files.readAllLines(MEMINFO).stream()
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      // Not Linux.
      return 0;
    }
  }
}
