package dev.carillon.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.engine.config.Configuration.Assignment;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Defaults, refusals and read-backs are those of a running redis-server 7.0, but for what is listed
 * here with its reason. Skipped where no such server is on the path.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReferenceTest {

  /** Good and bad values of every type; each parameter is asked for each of them. */
  static final List<String> VALUES =
      List.of(
          """
          |abc|yes|no|YES|maybe|0|-0|00|1|01|+1|-1|7|99|100|1.5|1e3|0x10|512|65535|65536|2000
          2147483647|2147483648|-2147483648|-2147483649|4294967295|4294967296
          9223372036854775807|9223372036854775808|-9223372036854775808|-9223372036854775809
          18446744073709551615|1k|1kb|1KB|1Kb|20mb|1gb|1t|5b|kb|1 mb|1mbx|-1mb|100%|101%|5%
          05%|-5%|%|5 %|5.5%|0777|777|888|-7|1000|KEA|AKEmn|K E|q|everysec|ALWAYS
          allkeys-lru|volatile-foo|default|default save|save nosave|now  force|force now
          900 1|900|900 1 5|0 1|900 -1|900 99999999999|a 1|1 2 3|1 2 3000|a b c|800 200 0
          normal 1|normal 1 2 3|foo 1 2 3|normal a 2 3|normal 1 2 x
          pubsub 1gb 2kb 3 slave 1 1 1|master 1 1 1|50 99|50 a|101|1e-5 5e1|a/b|a\\b|a b
          {title}|{title} x|{foo}|{title|x{port}|}|local|debug|warning|relative|absolute
          swapdb|on-empty-db|optional|ip|hostname|clients|panic|allchannels|a.b-c|systemd
          local7|1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\
          """
              .split("[|\n]"));

  /** Parameters whose good values are not tried: they would cut the test off or need more. */
  private static final Set<String> NOT_TRIED =
      Set.of(
          "port",
          "tls-port",
          "bind",
          "dir",
          "requirepass",
          "client-output-buffer-limit",
          "maxmemory-clients",
          "watchdog-period",
          "maxclients",
          "oom-score-adj",
          "oom-score-adj-values",
          "activedefrag",
          "key-load-delay",
          "rdb-key-save-delay");

  /** Names whose default is not that of 7.0. */
  private static final Map<String, String> OTHER_DEFAULT =
      Map.of(
          "port", "set by this test",
          "unixsocket", "set by this test",
          "dir", "set by this test; Redis shows the absolute path, the server does so too",
          "enable-protected-configs", "set by this test");

  /** Names that only one side shows. */
  private static final Map<String, String> OTHER_NAME =
      Map.of(
          "io-threads-do-reads", "gone since 8.0; a file may still say it",
          "aof-disable-auto-gc", "hidden since 7.2");

  /** Parameters of which some value is treated otherwise than by 7.0. */
  private static final Map<String, String> OTHER_VALUES =
      Map.ofEntries(
          Map.entry("maxmemory", "more than 2^63 - 1 is kept as 2^63 - 1"),
          Map.entry("cluster-link-sendbuf-limit", "more than 2^63 - 1 is kept as 2^63 - 1"),
          Map.entry("maxmemory-policy", "knows the policies of 8.6"),
          Map.entry("maxmemory-samples", "at most 64 since 7.2"),
          Map.entry("loglevel", "knows nothing, of 7.2"),
          Map.entry("repl-diskless-load", "knows flushdb, of 8.0"),
          Map.entry("notify-keyspace-events", "knows the letters of 8.8"),
          Map.entry("cluster-announce-ip", "refuses what is no address, as 8.6.3 does"),
          Map.entry("latency-tracking-info-percentiles", "minus zero is zero"),
          Map.entry("save", "changes that do not fit 31 bits are refused, there they wrap round"));

  private Path directory;
  private Process server;
  private SocketChannel channel;
  private InputStream in;
  private OutputStream out;

  @BeforeAll
  void start(@TempDir Path temp) throws Exception {
    directory = temp;
    String version = "";
    try {
      Process asked = new ProcessBuilder("redis-server", "--version").start();
      version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException notThere) {
      // The assumption below says it.
    }
    assumeTrue(version.contains("v=7.0."), "no redis-server 7.0 on the path");
    Path socket = directory.resolve("s");
    server =
        new ProcessBuilder(
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                socket.toString(),
                "--dir",
                directory.toString(),
                "--enable-protected-configs",
                "yes")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    for (int i = 0; !Files.exists(socket) && i < 500; i++) {
      assertThat(server.waitFor(10, TimeUnit.MILLISECONDS)).isFalse();
    }
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    in = new BufferedInputStream(Channels.newInputStream(channel));
    out = Channels.newOutputStream(channel);
  }

  @AfterAll
  void stop() throws Exception {
    if (channel != null) {
      channel.close();
    }
    if (server != null) {
      server.destroy();
      server.waitFor();
    }
  }

  // --------------------------------------------------------------------------------------- rules

  @Test
  void namesAndDefaultsAreThoseOfRedis() throws IOException {
    Map<String, String> ours = new TreeMap<>(new Configuration().match(List.of("*")));
    Map<String, String> theirs = new TreeMap<>(configGet("*"));
    Set<String> differentNames = new TreeSet<>();
    Map<String, String> differentDefaults = new TreeMap<>();
    theirs.forEach(
        (name, value) -> {
          if (!ours.containsKey(name)) {
            differentNames.add(name);
          } else if (!ours.get(name).equals(value)) {
            differentDefaults.put(name, value + " there, here " + ours.get(name));
          }
        });
    for (String name : ours.keySet()) {
      boolean newer = !Parameters.find(name).since().equals("7.0") || name.endsWith("-cpulist");
      if (!theirs.containsKey(name) && !newer) {
        differentNames.add(name);
      }
    }
    assertThat(differentNames).isEqualTo(OTHER_NAME.keySet());
    assertThat(differentDefaults).containsOnlyKeys(OTHER_DEFAULT.keySet());
  }

  @Test
  void valuesAreAcceptedRefusedAndShownAsByRedis() throws IOException {
    Map<String, String> differences = new TreeMap<>();
    int compared = 0;
    for (String name : commonNames()) {
      Map<String, String> before = configGet(name);
      boolean tried = !NOT_TRIED.contains(name) && !name.startsWith("tls-");
      for (String value : VALUES) {
        Configuration ours = new Configuration();
        ours.put(Parameters.ENABLE_PROTECTED_CONFIGS, Access.YES);
        String answer = "OK";
        try {
          ours.set(List.of(new Assignment(name, value)), true);
        } catch (ConfigError refusal) {
          answer = "ERR " + refusal.text();
        }
        if (answer.equals("OK") && !tried) {
          continue;
        }
        if (name.equals("dir") || name.equals("bind")) {
          continue;
        }
        String theirs = call("CONFIG", "SET", name, value).get(0);
        if (answer.equals("OK") && theirs.equals("OK")) {
          answer = ours.match(List.of(name)).get(name);
          theirs = configGet(name).get(name);
        }
        if (!answer.equals(theirs)) {
          differences.putIfAbsent(
              name, "'" + value + "': '" + theirs + "' there, here '" + answer + "'");
        }
        call("CONFIG", "SET", name, before.get(name));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(10_000);
    assertThat(differences).containsOnlyKeys(OTHER_VALUES.keySet());
  }

  @Test
  void filesAreRefusedAsByRedis() throws Exception {
    Map<String, String> differences = new TreeMap<>();
    Path file = directory.resolve("refused.conf");
    Set<String> known = new HashSet<>();
    for (String name : commonNames()) {
      Parameter<?> parameter = Parameters.find(name);
      if (parameter.mutability() != Mutability.IMMUTABLE || !parameter.name().equals(name)) {
        continue;
      }
      boolean newKind = known.add(parameter.type().getClass().getName());
      for (String value : VALUES) {
        String line = Words.join(name, List.of(value));
        String ours = reason(line);
        // A start takes long: all values once for each kind of type, and each refusal once for each
        // name.
        if (ours == null || !(known.add(name + " " + ours) || newKind)) {
          continue;
        }
        Files.writeString(file, line + "\n");
        Process refused =
            new ProcessBuilder("redis-server", file.toString()).redirectErrorStream(true).start();
        String output = "";
        if (refused.waitFor(5, TimeUnit.SECONDS)) {
          output = new String(refused.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
        refused.destroyForcibly();
        if (!output.stripTrailing().endsWith("\n" + ours)) {
          differences.putIfAbsent(name, "'" + line + "': '" + output + "' there, here " + ours);
        }
      }
    }
    assertThat(differences).isEmpty();
  }

  private static String reason(String line) {
    try {
      ConfigFile file =
          ConfigFile.parse(new ConfigFile.Source("f", line), ConfigFile.Includes.NONE);
      new Configuration().load(file);
      return null;
    } catch (ConfigError refusal) {
      return refusal.text().substring(refusal.text().lastIndexOf("': ") + 3);
    }
  }

  private Set<String> commonNames() throws IOException {
    Set<String> names = new TreeSet<>(configGet("*").keySet());
    names.retainAll(Parameters.names().keySet());
    for (Parameter<?> parameter : Parameters.all()) {
      if (parameter.isHidden() && !configGet(parameter.name()).isEmpty()) {
        names.add(parameter.name());
      }
    }
    return names;
  }

  // ------------------------------------------------------------------------------------- talking

  private Map<String, String> configGet(String pattern) throws IOException {
    List<String> reply = call("CONFIG", "GET", pattern);
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < reply.size(); i += 2) {
      values.put(reply.get(i), reply.get(i + 1));
    }
    return values;
  }

  /** The strings of a reply that is a list, or the one string of another, errors included. */
  private List<String> call(String... words) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
      request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(bytes);
      request.writeBytes(new byte[] {'\r', '\n'});
    }
    out.write(request.toByteArray());
    out.flush();
    List<String> strings = new ArrayList<>();
    read(strings);
    return strings;
  }

  private void read(List<String> strings) throws IOException {
    String line = line();
    switch (line.charAt(0)) {
      case '*' -> {
        for (int i = Integer.parseInt(line.substring(1)); i > 0; i--) {
          read(strings);
        }
      }
      case '$' -> {
        byte[] bytes = in.readNBytes(Integer.parseInt(line.substring(1)));
        line();
        strings.add(new String(bytes, StandardCharsets.ISO_8859_1));
      }
      default -> strings.add(line.substring(1));
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the server closed the connection after '" + line + "'");
      }
      if (c == '\n') {
        return line.substring(0, line.length() - 1);
      }
      line.append((char) c);
    }
  }
}
