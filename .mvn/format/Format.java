import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The layout check of the build: google-java-format over every Java file of the tree, in one
 * process.
 *
 * <p>{@code check} names each file that is laid out differently and fails; {@code replace} rewrites
 * it. Files that have not changed since the last successful run (the time of {@code
 * target/formatted}) are skipped, so a second run costs the start of a JVM.
 */
final class Format {
  private static final Set<String> SKIPPED = Set.of("target", "node_modules");

  public static void main(String[] args) throws Exception {
    boolean replace = args[0].equals("replace");
    Path root = Path.of(args[1]);
    Path stamp = root.resolve("target/formatted");
    FileTime started = FileTime.fromMillis(System.currentTimeMillis());
    FileTime checked =
        Files.exists(stamp) ? Files.getLastModifiedTime(stamp) : FileTime.fromMillis(0);

    List<String> options =
        replace ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed");
    List<String> command = new ArrayList<>(options);
    command.addAll(changedFiles(root, checked));
    if (command.size() > options.size() && !run(command)) {
      System.err.println(
          replace
              ? "The files named above cannot be formatted; do they compile?"
              : "The files named above are not formatted; run ./format and look at what it"
                  + " changed.");
      System.exit(1);
    }
    Files.createDirectories(stamp.getParent());
    Files.writeString(stamp, "");
    Files.setLastModifiedTime(stamp, started);
  }

  private static boolean run(List<String> command) throws Exception {
    PrintWriter out = new PrintWriter(System.out, true);
    PrintWriter err = new PrintWriter(System.err, true);
    int status = new Main(out, err, System.in).format(command.toArray(String[]::new));
    out.flush();
    err.flush();
    return status == 0;
  }

  private static List<String> changedFiles(Path root, FileTime since) throws IOException {
    List<String> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = directory.getFileName().toString();
            boolean skipped =
                !directory.equals(root) && (SKIPPED.contains(name) || name.equals(".git"));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")
                && attributes.lastModifiedTime().compareTo(since) >= 0) {
              files.add(file.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
