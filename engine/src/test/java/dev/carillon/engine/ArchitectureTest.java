package dev.carillon.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.carillon.engine.command.Host;
import dev.carillon.engine.config.Configuration;
import dev.carillon.engine.config.Mutability;
import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import dev.carillon.engine.reply.Errors;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms, as sentences; exceptions stand beside them with their reasons. */
class ArchitectureTest {

  private static final String ROOT = "dev.carillon.engine";

  private static final JavaClasses CLASSES = new ClassFileImporter().importLocations(compiled());

  /** Where the classes of engine and protocol are: directories, or jars once they are packed. */
  private static Set<Location> compiled() {
    Set<Location> locations = new LinkedHashSet<>();
    for (Class<?> one : List.of(Engine.class, Bytes.class)) {
      try {
        Path path = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        locations.add(
            Files.isDirectory(path)
                ? Location.of(path)
                : Location.of(URI.create("jar:" + path.toUri() + "!/").toURL()));
      } catch (URISyntaxException | MalformedURLException e) {
        throw new IllegalStateException(e);
      }
    }
    return locations;
  }

  // ------------------------------------------------------------------------------------- modules

  @Test
  void theProtocolKnowsNothingOfTheEngine() {
    noClasses()
        .that()
        .resideInAPackage("dev.carillon.protocol..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.carillon.engine..")
        .check(CLASSES);
  }

  @Test
  void nothingHereKnowsTheServer() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.carillon.server..", "io.netty..", "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void onlyTheServerKnowsTheEngineItself() {
    noClasses()
        .that(DescribedPredicate.not(equivalentTo(Engine.class)))
        .and()
        .haveNameNotMatching(".*\\.Engine\\$.*")
        .should()
        .dependOnClassesThat(equivalentTo(Engine.class).or(equivalentTo(EngineOptions.class)))
        .because("families get what they need through their CommandContext")
        .check(CLASSES);
  }

  // --------------------------------------------------------------------------------------- rooms

  @Test
  void timeKnowsOnlyItself() {
    room("time");
  }

  @Test
  void patternsKnowNeitherWhatMatchesThemNorWhoWaits() {
    room("pattern");
  }

  @Test
  void theStoreKnowsNothingOfWhatItKeeps() {
    room("store", "time");
  }

  @Test
  void valuesKnowNothingOfKeysEventsOrReplies() {
    room("value", "store");
  }

  @Test
  void aTurnKnowsNeitherKeysNorCommandsNorSinks() {
    room("turn");
  }

  @Test
  void filesKnowNothingOfWhatIsInThem() {
    room("storage");
  }

  @Test
  void theJournalIsASinkOfTurnsAboveFiles() {
    room("journal", "config", "storage", "turn");
  }

  @Test
  void theConfigurationKnowsNobodyWhoObeysIt() {
    room("config");
  }

  @Test
  void repliesKnowNothingOfWhatTheySay() {
    room("reply");
  }

  @Test
  void pubSubIsASinkOfTurns() {
    room("pubsub", "pattern", "turn");
  }

  @Test
  void feedsAreASinkOfTurnsAboveTheKeyspace() {
    room("feed", "keyspace", "pattern", "rdb", "turn", "value");
  }

  @Test
  void theKeyspaceKnowsNeitherCommandsNorSessionsNorReplies() {
    room("keyspace", "store", "value", "time", "turn");
  }

  @Test
  void rdbReadsAndWritesEntries() {
    room("rdb", "keyspace", "storage", "store", "value");
  }

  @Test
  void loadingKnowsFilesAndKeysButNoCommands() {
    room("load", "config", "journal", "keyspace", "rdb", "storage", "turn", "value");
  }

  @Test
  void snapshotsKnowNothingOfCommandsAndClients() {
    roomWithFacts("snapshot", "config", "keyspace", "rdb", "storage", "turn", "value");
  }

  @Test
  void rewritesJoinTheJournalAndSnapshots() {
    room("rewrite", "config", "journal", "snapshot", "storage", "turn");
  }

  @Test
  void trackingIsASinkOfTurnsThatListensToTheKeyspace() {
    room("tracking", "keyspace", "turn");
  }

  @Test
  void usersKnowNothingOfRequestsAndClients() {
    room("acl");
  }

  @Test
  void sessionsKnowNothingOfCommands() {
    room("session", "acl", "keyspace", "pubsub", "reply", "tracking");
  }

  @Test
  void commandsKnowNothingOfFamilies() {
    roomWithFacts(
        "command",
        "acl",
        "config",
        "feed",
        "journal",
        "keyspace",
        "pubsub",
        "reply",
        "rewrite",
        "session",
        "snapshot",
        "time",
        "tracking",
        "turn",
        "value");
  }

  @Test
  void familiesStandOnTop() {
    roomWithFacts(
        "command.family",
        "acl",
        "command",
        "config",
        "feed",
        "journal",
        "keyspace",
        "load",
        "pubsub",
        "rdb",
        "reply",
        "rewrite",
        "session",
        "snapshot",
        "storage",
        "tracking",
        "turn",
        "value");
  }

  @Test
  void everyRoomHasASentence() {
    Set<String> rooms = new TreeSet<>();
    for (JavaClass one : CLASSES) {
      if (one.getPackageName().startsWith(ROOT + ".")) {
        rooms.add(one.getPackageName().substring(ROOT.length() + 1));
      }
    }
    assertThat(rooms)
        .containsExactly(
            "acl",
            "command",
            "command.family",
            "config",
            "feed",
            "journal",
            "keyspace",
            "load",
            "pattern",
            "pubsub",
            "rdb",
            "reply",
            "rewrite",
            "session",
            "snapshot",
            "storage",
            "store",
            "time",
            "tracking",
            "turn",
            "value");
  }

  private static void room(String room, String... below) {
    check(room, resideInAPackage("dev.carillon.protocol.."), below);
  }

  /** Facts lie beside the engine: the counters and the version that is spoken. */
  private static void roomWithFacts(String room, String... below) {
    check(
        room,
        resideInAPackage("dev.carillon.protocol..")
            .or(equivalentTo(EngineStats.class))
            .or(equivalentTo(EngineStats.Counter.class))
            .or(equivalentTo(Compatibility.class)),
        below);
  }

  private static void check(String room, DescribedPredicate<JavaClass> besides, String... below) {
    String[] packages =
        Stream.concat(Stream.of(room), Arrays.stream(below))
            .map(name -> ROOT + "." + name)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(ROOT + "." + room)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(packages)
                .or(besides)
                .or(resideInAPackage("dev.carillon..").negate()))
        .check(CLASSES);
  }

  // ------------------------------------------------------------------------------- determinism

  @Test
  void theEngineHasNoFileSocketThreadOrScheduler() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.net..",
                    "java.nio.file..",
                    "java.nio.channels..",
                    "java.util.concurrent..",
                    "java.util.logging..",
                    "java.time..",
                    "javax..",
                    "jdk..",
                    "sun..")
                .or(named("java.io.File.*"))
                .or(named("java.io.RandomAccessFile"))
                .or(named("java.lang.Thread.*"))
                .or(named("java.lang.Process.*"))
                .or(named("java.lang.Runtime"))
                .or(named("java.util.Timer.*")))
        .because("whoever embeds the engine owns these")
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> named(String pattern) {
    return DescribedPredicate.describe(
        "are named " + pattern, one -> one.getName().matches(pattern));
  }

  @Test
  void timeIsAParameterAndChanceIsHandedIn() {
    noClasses()
        .should()
        .accessTargetWhere(
            new DescribedPredicate<JavaAccess<?>>("it reads a clock or makes its own chance") {
              @Override
              public boolean test(JavaAccess<?> access) {
                String owner = access.getTargetOwner().getName();
                String name = access.getName();
                boolean isClock =
                    owner.equals("java.lang.System")
                        && Set.of(
                                "currentTimeMillis",
                                "nanoTime",
                                "getProperty",
                                "getenv",
                                "in",
                                "out",
                                "err",
                                "exit")
                            .contains(name);
                boolean isChance =
                    Set.of(
                                "java.util.Random",
                                "java.util.SplittableRandom",
                                "java.security.SecureRandom")
                            .contains(owner)
                        || owner.equals("java.lang.Math") && name.equals("random")
                        || owner.equals("java.util.UUID") && name.equals("randomUUID");
                return isClock || isChance;
              }
            })
        .because("the same inputs must give the same outputs")
        .check(CLASSES);
  }

  /** What an object's identity says differs from run to run. */
  @Test
  void nothingDependsOnTheIdentityOfObjects() {
    noClasses()
        .should()
        .callMethod(System.class, "identityHashCode", Object.class)
        .orShould()
        .dependOnClassesThat(equivalentTo(java.util.IdentityHashMap.class))
        .check(CLASSES);
  }

  // ---------------------------------------------------------------------------------------- errors

  /** Where the code of an error may be spelled beside the table, and why. */
  private static final Map<String, String> CODES_ELSEWHERE =
      Map.of("CommandError.java", "leaves the code out where another error repeats the text");

  @Test
  void errorTextsAreRowsOfTheTable() throws IOException {
    String codes =
        Arrays.stream(Errors.values())
            .map(Errors::code)
            .distinct()
            .collect(Collectors.joining("|"));
    Pattern literal = Pattern.compile("\"-?(" + codes + ") ");
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("Errors.java") && !CODES_ELSEWHERE.containsKey(name)) {
          Matcher matcher = literal.matcher(Files.readString(file));
          while (matcher.find()) {
            found.add(name + ": " + matcher.group());
          }
        }
      }
    }
    assertThat(found).as("texts that look like errors outside the table").isEmpty();
  }

  // ------------------------------------------------------------------------------------ parameters

  private static final String SERVER = "the server listens, which is not here";

  /**
   * Mutable parameters that the engine does not listen to, and who makes them have their effect.
   */
  private static final Map<String, String> WITHOUT_LISTENER = new TreeMap<>();

  static {
    for (String name :
        List.of(
            "client-query-buffer-limit",
            "loglevel",
            "maxclients",
            "protected-mode",
            "tcp-keepalive")) {
      WITHOUT_LISTENER.put(name, SERVER);
    }
    WITHOUT_LISTENER.put("proto-max-bulk-len", "read where a string grows");
    WITHOUT_LISTENER.put("hll-sparse-max-bytes", "read where a HyperLogLog grows");
    WITHOUT_LISTENER.put("feed-max-bytes", "read when a feed is made");
    WITHOUT_LISTENER.put("rdbcompression", "read where a value is dumped");
    WITHOUT_LISTENER.put("latency-tracking-info-percentiles", "read by INFO");
    for (String name : List.of("dir", "aof-load-truncated")) {
      WITHOUT_LISTENER.put(name, "read at the start");
    }
    for (String name : List.of("shutdown-on-sigint", "shutdown-on-sigterm")) {
      WITHOUT_LISTENER.put(name, "read when the server stops");
    }
    for (String name : List.of("dbfilename", "save", "stop-writes-on-bgsave-error")) {
      WITHOUT_LISTENER.put(name, "read when snapshots are taken");
    }
    for (String name : List.of("auto-aof-rewrite-percentage", "auto-aof-rewrite-min-size")) {
      WITHOUT_LISTENER.put(name, "read when the journal may have grown");
    }
    for (String name : List.of("stream-idmp-duration", "stream-idmp-maxsize")) {
      WITHOUT_LISTENER.put(name, "read where a stream begins");
    }
    for (String name : List.of("bind", "port")) {
      WITHOUT_LISTENER.put(name, "read at the start; the server refuses a change");
    }
  }

  @Test
  void aParameterThatCanChangeHasSomebodyWhoObeysIt() {
    Configuration config = new Configuration();
    new Engine(new EngineOptions(config, new Random(1), Host.NONE, Long.MAX_VALUE));
    Set<String> unheard = new TreeSet<>();
    for (Parameter<?> parameter : Parameters.all()) {
      if (parameter.mutability() != Mutability.IMMUTABLE
          && parameter.hasEffect()
          && config.listeners(parameter) == 0) {
        unheard.add(parameter.name());
      }
    }
    assertThat(unheard)
        .as("parameters without a listener; whoever gives one an effect takes it off the list")
        .containsExactlyElementsOf(WITHOUT_LISTENER.keySet());
  }
}
