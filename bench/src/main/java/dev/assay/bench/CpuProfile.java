package dev.assay.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** Where a process computed, from its flight recording: samples by group of threads, then by frame. */
final class CpuProfile {

  private static final int TOP = 12;
  private static final Pattern NUMBERS = Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+");

  private CpuProfile() {}

  /** A few lines for each group of threads that has at least one sample in fifty. */
  static List<String> read(Path recording) throws IOException {
    Map<String, List<RecordedEvent>> groups =
        RecordingFile.readAllEvents(recording).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.ExecutionSample") && event.getStackTrace() != null)
            .collect(Collectors.groupingBy(CpuProfile::group, TreeMap::new, Collectors.toList()));
    int all = groups.values().stream().mapToInt(List::size).sum();
    return groups.entrySet().stream()
        .filter(group -> group.getValue().size() * 50 >= all)
        .sorted(Comparator.comparingInt(group -> -group.getValue().size()))
        .flatMap(
            group -> {
              int samples = group.getValue().size();
              return Stream.of(
                      List.of("%5.1f %%  %s (%d samples)".formatted(100.0 * samples / all, group.getKey(), samples)),
                      frames("on top", group.getValue(), CpuProfile::top),
                      frames("within", group.getValue(), CpuProfile::ours))
                  .flatMap(List::stream);
            })
        .toList();
  }

  private static String group(RecordedEvent sample) {
    RecordedThread thread = sample.getThread("sampledThread");
    String name = thread == null || thread.getJavaName() == null ? "native" : thread.getJavaName();
    return NUMBERS.matcher(name).replaceAll("#");
  }

  private static List<String> frames(String how, List<RecordedEvent> samples, Function<RecordedEvent, String> frame) {
    return samples.stream().collect(Collectors.groupingBy(frame, Collectors.counting())).entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(TOP)
        .map(entry -> "        %5.1f %% %s %s".formatted(100.0 * entry.getValue() / samples.size(), how, entry.getKey()))
        .toList();
  }

  private static String top(RecordedEvent sample) {
    return name(sample.getStackTrace().getFrames().getFirst());
  }

  /** The frame nearest to the top that is Assay's own or a step of Streams, a client or RocksDB that has a name. */
  private static String ours(RecordedEvent sample) {
    return sample.getStackTrace().getFrames().stream()
        .map(CpuProfile::name)
        .filter(name -> name.startsWith("dev.assay.") || name.startsWith("org.rocksdb.") || name.startsWith("org.apache.kafka.streams.")
            || name.startsWith("org.apache.kafka.clients."))
        .findFirst()
        .orElse("(none)");
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }
}
