package dev.carillon.server;

import com.sun.management.OperatingSystemMXBean;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.server.loop.Lateness;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The process around an engine: what INFO says of it, and what only it can do. */
final class ProcessHost implements Host {

  private final @Nullable Path configFile;
  private final Configuration config;
  private final Clock clock;
  private final Lateness lateness;
  private final long startedMillis;
  private final String runId;
  private volatile int port;
  private volatile Runnable stop = () -> {};

  ProcessHost(
      @Nullable Path configFile,
      Configuration config,
      Clock clock,
      Lateness lateness,
      String runId) {
    this.configFile = configFile;
    this.config = config;
    this.clock = clock;
    this.lateness = lateness;
    this.startedMillis = clock.millis();
    this.runId = runId;
  }

  void port(int boundPort) {
    port = boundPort;
  }

  void onShutdown(Runnable newStop) {
    stop = newStop;
  }

  @Override
  public Map<String, String> facts() {
    Runtime runtime = Runtime.getRuntime();
    Map<String, String> all = new LinkedHashMap<>();
    all.put("carillon_version", Version.text());
    all.put("carillon_commit", Version.commit());
    all.put("process_id", Long.toString(ProcessHandle.current().pid()));
    all.put("run_id", runId);
    all.put("tcp_port", Integer.toString(port));
    all.put("started_millis", Long.toString(startedMillis));
    all.put("uptime_in_seconds", Long.toString((clock.millis() - startedMillis) / 1000));
    all.put("config_file", configFile == null ? "" : configFile.toString());
    all.put("executable", ProcessHandle.current().info().command().orElse(""));
    all.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    all.put("java_version", System.getProperty("java.version"));
    all.put("heap_used_bytes", Long.toString(runtime.totalMemory() - runtime.freeMemory()));
    all.put("heap_committed_bytes", Long.toString(runtime.totalMemory()));
    all.put("heap_max_bytes", Long.toString(runtime.maxMemory()));
    all.put("used_memory_rss", Long.toString(residentBytes(runtime)));
    all.put("total_system_memory", Long.toString(systemBytes()));
    all.put("used_cpu_nanos", Long.toString(cpuNanos()));
    all.putAll(lateness.facts());
    return all;
  }

  private static long residentBytes(Runtime runtime) {
    try {
      String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
      return Long.parseLong(pages[1]) * 4096;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException elsewhere) {
      return runtime.totalMemory();
    }
  }

  private static long systemBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  @Override
  public void resetCounters() {
    lateness.reset();
  }

  @Override
  public void sleep(long micros) {
    try {
      TimeUnit.MICROSECONDS.sleep(micros);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void shutdown() {
    stop.run();
  }

  @Override
  public String rewriteConfig() {
    Path file = configFile;
    if (file == null) {
      return "The server is running without a config file";
    }
    try {
      String original = Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(fresh, config.rewrite(original), StandardCharsets.UTF_8);
      try {
        Files.move(
            fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
      }
      return "";
    } catch (IOException e) {
      return "Rewriting config file: " + e;
    }
  }

  @Override
  public long ticker() {
    return clock.ticker();
  }
}
