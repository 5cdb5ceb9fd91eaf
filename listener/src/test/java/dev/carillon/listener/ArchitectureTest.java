package dev.carillon.listener;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms, as sentences. */
class ArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.carillon.listener");

  @Test
  void theListenerKnowsNothingOfTheServer() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.carillon.engine..", "dev.carillon.server..")
        .check(CLASSES);
  }

  @Test
  void dispatchingKnowsNoConnection() {
    noClasses()
        .that()
        .resideInAPackage("..dispatch..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.lettuce..", "..connect..", "..pubsub..")
        .check(CLASSES);
  }

  @Test
  void onlyTheRoomOfConnectionsMakesAny() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..connect..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.lettuce.core.RedisClient")
        .check(CLASSES);
  }

  @Test
  void micrometerIsOptional() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..micrometer..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }
}
