package dev.carillon.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The three streams of a process, so that tests can look at what a command says.
 *
 * @param in what is typed or piped in
 * @param out what was asked for
 * @param err what went wrong, and remarks that must not be mixed into a pipe
 * @param colours whether {@code out} is a terminal whose user has nothing against colours
 */
record Streams(InputStream in, PrintStream out, PrintStream err, boolean colours) {

  /** Set by the launcher, whose shell can tell whether its output is a terminal. */
  private static final String TERMINAL = "carillon.terminal";

  /** Those of this process; in UTF-8 whatever the locale, because keys mostly are. */
  static Streams ofProcess() {
    return new Streams(
        System.in, utf8(FileDescriptor.out), utf8(FileDescriptor.err), wantsColours());
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  private static boolean wantsColours() {
    String noColour = System.getenv("NO_COLOR");
    return Boolean.getBoolean(TERMINAL)
        && (noColour == null || noColour.isEmpty())
        && !"dumb".equals(System.getenv("TERM"));
  }

  /** Says what went wrong, in the same voice as the launcher. */
  void complain(String sentence) {
    err.println("carillon: " + sentence);
  }
}
