package dev.carillon.engine.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.config.Parameter;
import dev.carillon.engine.config.Parameters;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What documents and tables point at exists. */
class ReferencesTest {

  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]+)(#[^)]*)?\\)");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  @Test
  void linksOfDocumentsLeadToFiles() {
    Set<String> broken = new TreeSet<>();
    for (Path document : Repository.files(Repository.ROOT, ".md")) {
      Matcher link = LINK.matcher(Repository.text(document));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
          broken.add(Repository.ROOT.relativize(document) + " -> " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static final Pattern ANCHOR = Pattern.compile("]\\(([^)\\s#]*)#([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern BLOCK = Pattern.compile("(?s)```(\\w*)\n(.*?)```");

  @Test
  void linksIntoDocumentsLeadToHeadings() {
    Set<String> broken = new TreeSet<>();
    for (Path document : Repository.files(Repository.ROOT, ".md")) {
      Matcher link = ANCHOR.matcher(Repository.text(document));
      while (link.find()) {
        String target = link.group(1);
        Path page = target.isEmpty() ? document : document.resolveSibling(target);
        if (target.contains("://") || !(target.isEmpty() || target.endsWith(".md"))) {
          continue;
        }
        if (!Files.exists(page) || !anchors(page).contains(link.group(2))) {
          broken.add(Repository.ROOT.relativize(document) + " -> " + link.group());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** The names that headings get on GitHub. */
  private static Set<String> anchors(Path document) {
    return HEADING
        .matcher(BLOCK.matcher(Repository.text(document)).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(text -> text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  @Test
  void theTwoLanguagesOfADocumentLinkToEachOtherAndShowTheSameCode() {
    List<Path> translations = Repository.files(Repository.ROOT, ".zh-CN.md");
    assertThat(translations).isNotEmpty();
    for (Path chinese : translations) {
      String name = chinese.getFileName().toString();
      Path english = chinese.resolveSibling(name.replace(".zh-CN", ""));
      assertThat(english).exists();
      assertThat(Repository.text(english)).contains("[中文](" + name + ")");
      assertThat(Repository.text(chinese)).contains("[English](" + english.getFileName() + ")");
      assertThat(code(chinese)).as("%s", chinese).isEqualTo(code(english));
    }
  }

  @Test
  void theCodeOfAScenarioIsThatOfItsExample() {
    Path scenarios = Repository.ROOT.resolve("docs/scenarios");
    List<Path> pages = Repository.files(scenarios, ".md");
    assertThat(pages).isNotEmpty();
    for (Path page : pages) {
      String name = page.getFileName().toString().replaceAll("\\..*", "");
      String sources =
          Repository.files(Repository.ROOT.resolve("examples/" + name), ".java").stream()
              .map(Repository::text)
              .collect(Collectors.joining());
      assertThat(code(page)).isNotEmpty().allSatisfy(block -> assertThat(sources).contains(block));
    }
  }

  private static List<String> code(Path document) {
    return BLOCK.matcher(Repository.text(document)).results().map(block -> block.group(2)).toList();
  }

  @Test
  void testsThatDocumentsNameExist() {
    Map<String, String> sources = new TreeMap<>();
    for (Path source : Repository.files(Repository.ROOT, "Test.java")) {
      sources.put(source.getFileName().toString().replace(".java", ""), Repository.text(source));
    }
    Set<String> missing = new TreeSet<>();
    int named = 0;
    for (Path document : Repository.files(Repository.ROOT, ".md")) {
      Matcher test = TEST.matcher(Repository.text(document));
      while (test.find()) {
        named++;
        if (!sources.getOrDefault(test.group(1), "").contains(" " + test.group(2) + "(")) {
          missing.add(Repository.ROOT.relativize(document) + " -> " + test.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isPositive();
  }

  /** Those whose value is looked at, although what they are for does not happen. */
  private static final Set<String> LOOKED_AT = Set.of("ARRAY_SLICE_SIZE", "DAEMONIZE", "HZ");

  @Test
  void aParameterHasAnEffectIfSomeCodeAsksForIt() throws IllegalAccessException {
    String code =
        Set.of("engine", "server").stream()
            .flatMap(
                module ->
                    Repository.files(Repository.ROOT.resolve(module + "/src/main"), ".java")
                        .stream())
            .map(Repository::text)
            .collect(Collectors.joining());
    Set<String> asked = new TreeSet<>();
    Matcher reference = Pattern.compile("\\bParameters\\.([A-Z_]+)\\b").matcher(code);
    while (reference.find()) {
      asked.add(reference.group(1));
    }
    Set<String> wrong = new TreeSet<>();
    for (Field field : Parameters.class.getFields()) {
      if (field.get(null) instanceof Parameter<?> row) {
        boolean used = asked.contains(field.getName()) && !LOOKED_AT.contains(field.getName());
        if (used != row.hasEffect()) {
          wrong.add(field.getName());
        }
      }
    }
    assertThat(wrong).as("rows whose hasEffect() is not what the code shows").isEmpty();
  }
}
