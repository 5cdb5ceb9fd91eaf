package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java of the documents compiles against what is built: every block that begins with {@code
 * ```java} in the Markdown of the root and of docs/ (the scenarios in its subdirectory quote the
 * examples). What a block is, its first line says:
 *
 * <ul>
 *   <li>{@code import}, {@code @} or {@code class}: a file without a package;
 *   <li>a dot: the middle of {@code carillon.on(EXPIRED).keys("order:{id}").group("g") …
 *       .subscribe(event -> {})};
 *   <li>anything else: statements.
 * </ul>
 *
 * <p>A line that is only {@code …} stands for what is left out. What is imported without saying so
 * is in {@link #IMPORTS}, and what the application around it has in the resource {@code
 * documented/Context.java}.
 */
class DocumentedJavaTest {

  private static final List<String> IMPORTS =
      List.of(
          "dev.carillon.junit.*",
          "dev.carillon.listener.*",
          "dev.carillon.listener.idempotency.*",
          "dev.carillon.listener.micrometer.*",
          "dev.carillon.server.*",
          "java.net.URI",
          "java.time.*",
          "java.util.*",
          "java.util.concurrent.*",
          "org.junit.jupiter.api.*",
          "redis.clients.jedis.*",
          "static dev.carillon.junit.EventPattern.*",
          "static dev.carillon.protocol.event.EventType.*",
          "static documented.Context.*",
          "static java.time.Duration.*",
          "static org.assertj.core.api.Assertions.*");

  /**
   * One block.
   *
   * @param file the document, from the root
   * @param line the number of its first line there
   */
  private record Block(String file, int line, String text) {

    /** The block as a file in which every line has the number that it has in the document. */
    JavaFileObject source(int number) {
      StringBuilder imports = new StringBuilder();
      IMPORTS.forEach(one -> imports.append("import ").append(one).append("; "));
      String before = "package documented.b" + number + "; ";
      String code = text.replaceAll("(?m)^(\\s*)…\\s*$", "$1");
      String begin = code.stripLeading();
      String all;
      if (begin.startsWith("import ") || begin.startsWith("@") || begin.startsWith("class ")) {
        all = before + imports + "\n" + code;
      } else {
        String method = before + imports + "class Block { void on() throws Exception { ";
        all =
            begin.startsWith(".")
                ? method
                    + "carillon.on(EXPIRED).keys(\"order:{id}\").group(\"g\")\n"
                    + code
                    + ".subscribe(event -> {}); } }"
                : method + "\n" + code + "} }";
      }
      return source(file, "\n".repeat(line - 2) + all);
    }

    private static JavaFileObject source(String name, String text) {
      return new SimpleJavaFileObject(URI.create("block:///" + name), JavaFileObject.Kind.SOURCE) {
        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
          return text;
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
          return true; // Documents may show public classes.
        }
      };
    }
  }

  @TempDir private Path classes;

  @Test
  void theDocumentsCompile() throws IOException {
    Path root = Path.of(System.getProperty("basedir", ".")).resolve("..").normalize();
    List<Block> blocks = new ArrayList<>();
    for (Path directory : List.of(root, root.resolve("docs"))) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(one -> one.toString().endsWith(".md")).sorted().toList()) {
          blocks.addAll(blocks(root.relativize(file).toString(), Files.readString(file)));
        }
      }
    }
    assertThat(blocks.stream().map(Block::file))
        .contains(
            "README.md",
            "README.zh-CN.md",
            "docs/feeds.md",
            "docs/from-pubsub-loop.md",
            "docs/from-pubsub-loop.zh-CN.md",
            "docs/listener.md",
            "docs/testing.md");
    assertThat(errors(blocks)).isEmpty();
  }

  @Test
  void aBlockThatDoesNotCompileIsNamedWithItsLine() throws IOException {
    String document =
        """
        Text.

        ```java
        carillon.on(EXPIRED)
            .keys("order:{id}")
            .subscribed(event -> {});
        ```

        ```java
        @CarillonTest
        class OrderTest {
          …
          Nothing nothing;
        }
        ```

        ```java
            .retry(Retry.sometimes())
        ```
        """;
    assertThat(errors(blocks("guide.md", document)))
        .satisfiesExactlyInAnyOrder(
            error -> assertThat(error).startsWith("guide.md:6: cannot find symbol").contains("ed("),
            error -> assertThat(error).startsWith("guide.md:13: ").contains("class Nothing"),
            error -> assertThat(error).startsWith("guide.md:18: ").contains("sometimes"));
  }

  private static List<Block> blocks(String file, String document) {
    List<Block> blocks = new ArrayList<>();
    StringBuilder block = null;
    int first = 0;
    int line = 0;
    for (String text : document.lines().toList()) {
      line++;
      if (block == null && text.strip().equals("```java")) {
        block = new StringBuilder();
        first = line + 1;
      } else if (block != null && text.strip().equals("```")) {
        blocks.add(new Block(file, first, block.toString()));
        block = null;
      } else if (block != null) {
        block.append(text).append('\n');
      }
    }
    return blocks;
  }

  /** What is wrong with the blocks, each with its file and line. */
  private List<String> errors(List<Block> blocks) throws IOException {
    List<JavaFileObject> sources = new ArrayList<>();
    for (Block block : blocks) {
      sources.add(block.source(sources.size()));
    }
    try (var context = getClass().getResourceAsStream("/documented/Context.java")) {
      sources.add(Block.source("Context", new String(context.readAllBytes())));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    List<String> options =
        List.of(
            "--release",
            "21",
            "-proc:none",
            "-Xmaxerrs",
            "1000",
            "-d",
            classes.toString(),
            "-classpath",
            System.getProperty("java.class.path"));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(said, null, null)) {
      var unused = compiler.getTask(null, files, said, options, null, sources).call();
    }
    return said.getDiagnostics().stream()
        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
        .map(DocumentedJavaTest::text)
        .toList();
  }

  private static String text(Diagnostic<? extends JavaFileObject> error) {
    JavaFileObject source = error.getSource();
    String file = source == null ? "?" : source.toUri().getPath().substring(1);
    return file + ":" + error.getLineNumber() + ": " + error.getMessage(Locale.ENGLISH);
  }
}
