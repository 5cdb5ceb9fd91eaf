package dev.carillon.engine.load;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often which command stands in a file, for people. */
final class CommandCounts {

  /** Chosen: enough to see what a file is about. */
  private static final int SHOWN = 8;

  private final Map<String, Long> counts = new TreeMap<>();
  private long total;

  /** Counts one more. */
  void add(String command) {
    counts.merge(command, 1L, Long::sum);
    total++;
  }

  /** As {@code 12 commands: 9 SET, 3 DEL}; the most frequent first, and no more than a few. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(total).append(total == 1 ? " command" : " commands");
    List<Map.Entry<String, Long>> most =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(SHOWN)
            .toList();
    String separator = ": ";
    for (Map.Entry<String, Long> each : most) {
      text.append(separator).append(each.getValue()).append(' ').append(each.getKey());
      separator = ", ";
    }
    return text + (counts.size() > most.size() ? ", …" : "");
  }
}
