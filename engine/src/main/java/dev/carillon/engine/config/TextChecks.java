package dev.carillon.engine.config;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What single parameters demand of their texts; each check answers the refusal or null. */
final class TextChecks {

  private static final int HOSTNAME_LENGTH_MAX = 255;
  private static final Pattern HOSTNAME = Pattern.compile("[A-Za-z0-9.-]*");
  private static final Pattern NODE_NAME = Pattern.compile("[-./0-9A-Z_`a-z\\x80-\\xff]*");
  private static final Pattern OCTETS =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final Pattern GROUP = Pattern.compile("[0-9A-Fa-f]{1,4}");
  private static final int GROUPS = 8;
  private static final Pattern IN_BRACES = Pattern.compile("\\{([^}]*)(}?)");

  /** Names that a title may hold, and those among them that may turn out empty. */
  private static final Set<String> TITLE_NAMES =
      Set.of("listen-addr", "config-file", "port", "tls-port");

  private static final Set<String> TITLE_NAMES_EMPTY = Set.of("title", "server-mode", "unixsocket");

  private TextChecks() {}

  static @Nullable String snapshotName(String name) {
    return isPath(name) ? "dbfilename can't be a path, just a filename" : null;
  }

  static @Nullable String journalName(String name) {
    if (name.isEmpty()) {
      return "appendfilename can't be empty";
    }
    return isPath(name) ? "appendfilename can't be a path, just a filename" : null;
  }

  static @Nullable String journalDirectory(String name) {
    if (name.isEmpty()) {
      return "appenddirname can't be empty";
    }
    return isPath(name) ? "appenddirname can't be a path, just a dirname" : null;
  }

  static @Nullable String hostname(String name) {
    if (name.length() > HOSTNAME_LENGTH_MAX) {
      return "Hostnames must be less than 256 characters";
    }
    return HOSTNAME.matcher(name).matches()
        ? null
        : "Hostnames may only contain alphanumeric characters, hyphens or dots";
  }

  static @Nullable String nodeName(String name) {
    return NODE_NAME.matcher(name).matches()
        ? null
        : "Announced human node name contained invalid character";
  }

  static @Nullable String address(String text) {
    return text.isEmpty() || OCTETS.matcher(text).matches() || isGroups(text)
        ? null
        : "Cluster announce IP must be a valid IPv4 or IPv6 address";
  }

  /** Whether a text is an address of IPv6, without a zone. */
  private static boolean isGroups(String text) {
    int last = text.lastIndexOf(':') + 1;
    if (last > 0 && OCTETS.matcher(text.substring(last)).matches()) {
      return isGroups(text.substring(0, last) + "0:0");
    }
    int gap = text.indexOf("::");
    if (gap < 0) {
      return groups(text) == GROUPS;
    }
    int before = gap == 0 ? 0 : groups(text.substring(0, gap));
    int behind = gap + 2 == text.length() ? 0 : groups(text.substring(gap + 2));
    return before >= 0 && behind >= 0 && before + behind < GROUPS;
  }

  /** How many groups of digits a text has between colons, or -1 if there is something else. */
  private static int groups(String text) {
    String[] groups = text.split(":", -1);
    for (String group : groups) {
      if (!GROUP.matcher(group).matches()) {
        return -1;
      }
    }
    return groups.length;
  }

  /** Something must be left of a title when all that may be empty is empty. */
  static @Nullable String procTitle(String template) {
    Matcher braces = IN_BRACES.matcher(template);
    StringBuilder title = new StringBuilder();
    while (braces.find()) {
      String name = braces.group(1);
      boolean known = TITLE_NAMES.contains(name) || TITLE_NAMES_EMPTY.contains(name);
      if (braces.group(2).isEmpty() || !known) {
        return "template format is invalid or contains unknown variables";
      }
      braces.appendReplacement(title, TITLE_NAMES.contains(name) ? "x" : "");
    }
    braces.appendTail(title);
    return title.toString().isBlank()
        ? "template format is invalid or contains unknown variables"
        : null;
  }

  private static boolean isPath(String name) {
    return name.indexOf('/') >= 0 || name.indexOf('\\') >= 0;
  }
}
