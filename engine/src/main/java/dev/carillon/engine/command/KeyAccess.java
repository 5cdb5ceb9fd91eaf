package dev.carillon.engine.command;

import dev.carillon.protocol.resp.Request;

/**
 * What a command does to its keys, in the words of COMMAND INFO: one of {@code RO RW OW RM}, then
 * any of {@code access update insert delete}.
 */
public final class KeyAccess {

  /** Ends the words of a part of which only the whole request says what happens to it. */
  private static final String VARIABLE = " variable_flags";

  /** What Pub/Sub's shard channels are, which are found like keys. */
  private static final String NOT_KEY = "not_key";

  private KeyAccess() {}

  /** What a command does to the keys of a part, whatever its other arguments are. */
  public static String of(Command command, KeySpec.Part part) {
    // Where a row does not say what happens to its keys, the flags say the usual.
    if (!part.access().isEmpty()) {
      return part.access();
    } else if (command.flags().contains(CommandFlag.WRITE)) {
      return "RW access update";
    } else if (command.flags().contains(CommandFlag.PUBSUB)) {
      return NOT_KEY;
    }
    return "RO access";
  }

  /** What one request does to the keys of a part. */
  public static String of(Command command, KeySpec.Part part, Request request) {
    String access = of(command, part);
    // COMMAND INFO of 8.8 does not say so of DELEX, that of 8.6 does.
    if (!access.endsWith(VARIABLE) && !command.name().equals("delex")) {
      return access;
    }
    return switch (command.name()) {
      case "set" -> {
        if (hasWord(request, 3, "GET")) {
          yield "RW access update";
        }
        yield hasCondition(request, 3) ? "RW update" : "OW update";
      }
      case "delex" -> hasCondition(request, 2) ? "RW delete" : "RM delete";
      case "bitfield" -> isBitfieldReading(request) ? "RO access" : "RW access update";
      default -> access.substring(0, access.length() - VARIABLE.length());
    };
  }

  /** Whether words say that the value of a key comes to light. */
  static boolean reads(String access) {
    return access.contains("access");
  }

  /** Whether words say that a key changes. */
  static boolean writes(String access) {
    return access.contains("update") || access.contains("insert") || access.contains("delete");
  }

  /** Whether words are about something that is no key. */
  public static boolean isKey(String access) {
    return !access.startsWith(NOT_KEY);
  }

  private static boolean hasWord(Request request, int from, String word) {
    for (int i = from; i < request.count(); i++) {
      if (request.argument(i).isWord(word)) {
        return true;
      }
    }
    return false;
  }

  /** Whether what is done depends on the value that is there. */
  private static boolean hasCondition(Request request, int from) {
    return hasWord(request, from, "IFEQ")
        || hasWord(request, from, "IFNE")
        || hasWord(request, from, "IFDEQ")
        || hasWord(request, from, "IFDNE");
  }

  /** Whether a BITFIELD does nothing but GET; one that will be refused counts as writing. */
  private static boolean isBitfieldReading(Request request) {
    int i = 2;
    while (i < request.count()) {
      int left = request.count() - i - 1;
      if (left >= 2 && request.argument(i).isWord("GET")) {
        i += 3;
      } else if (left >= 1 && request.argument(i).isWord("OVERFLOW")) {
        i += 2;
      } else {
        return false;
      }
    }
    return true;
  }
}
