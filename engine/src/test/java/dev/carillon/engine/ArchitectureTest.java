package dev.carillon.engine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rules of ARCHITECTURE.md, checked on what was compiled. */
class ArchitectureTest {

  private static final String ROOT = "dev.carillon.engine";

  /** The rooms from top to bottom, as ARCHITECTURE.md draws them. */
  private static final List<String> ROOMS =
      List.of(
          "command",
          "session",
          "tracking",
          "config",
          "reply",
          "pubsub",
          "rdb",
          "keyspace",
          "value",
          "time",
          "turn");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importPath(Path.of(System.getProperty("basedir", "."), "target", "classes"));

  private static String room(String name) {
    return ROOT + "." + name + "..";
  }

  @Test
  void everyRoomIsInThePicture() {
    assertThat(CLASSES)
        .isNotEmpty()
        .allMatch(
            one ->
                one.getPackageName().equals(ROOT)
                    || one.getPackageName().isEmpty()
                    || ROOMS.stream().anyMatch(name -> resideInAPackage(room(name)).test(one)));
  }

  @Test
  void arrowsPointDown() {
    for (int i = 1; i < ROOMS.size(); i++) {
      String[] above =
          ROOMS.subList(0, i).stream().map(ArchitectureTest::room).toArray(String[]::new);
      noClasses()
          .that(resideInAPackage(room(ROOMS.get(i))))
          .should()
          .dependOnClassesThat(resideInAnyPackage(above))
          .check(CLASSES);
    }
  }

  @Test
  void nothingPointsAtTheEngine() {
    noClasses()
        .that(not(type(Engine.class)))
        .should()
        .dependOnClassesThat(type(Engine.class))
        .check(CLASSES);
  }

  @Test
  void valuesKnowNothingOfKeysEventsAndReplies() {
    classes()
        .that(resideInAPackage(room("value")))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                room("value"), "dev.carillon.protocol.bytes..", "java..", "org.jspecify.."))
        .check(CLASSES);
  }

  @Test
  void theTableOfCommandsKnowsNoFamily() {
    noClasses()
        .that(resideInAPackage(ROOT + ".command"))
        .should()
        .dependOnClassesThat(resideInAPackage(room("command.family")))
        .check(CLASSES);
  }

  @Test
  void timeThreadsFilesSocketsAndRandomnessAreHandedIn() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "java.net..",
                "java.nio.file..",
                "java.nio.channels..",
                "java.time..",
                "java.util.concurrent..",
                "io.netty.."))
        .check(CLASSES);
    noClasses()
        .should()
        .dependOnClassesThat(type(Thread.class).or(type(Random.class)))
        .check(CLASSES);
    noClasses().should(callMethod(System.class, "currentTimeMillis")).check(CLASSES);
    noClasses().should(callMethod(System.class, "nanoTime")).check(CLASSES);
    noClasses().should(callMethod(Math.class, "random")).check(CLASSES);
  }
}
