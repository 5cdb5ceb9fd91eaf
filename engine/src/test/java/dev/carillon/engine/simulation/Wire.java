package dev.carillon.engine.simulation;

import dev.carillon.protocol.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Replies as text of one character a byte, spelled from the protocol's description and not by the
 * engine's writers.
 */
final class Wire {

  private Wire() {}

  static String simple(String status) {
    return "+" + status + "\r\n";
  }

  static String error(String line) {
    return "-" + line + "\r\n";
  }

  static String integer(long number) {
    return ":" + number + "\r\n";
  }

  static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  static String nil(int protocol) {
    return protocol == 3 ? "_\r\n" : "$-1\r\n";
  }

  static String nilArray(int protocol) {
    return protocol == 3 ? "_\r\n" : "*-1\r\n";
  }

  static String array(int size) {
    return "*" + size + "\r\n";
  }

  static String push(int protocol, int size) {
    return (protocol == 3 ? ">" : "*") + size + "\r\n";
  }

  static String map(int protocol, int pairs) {
    return protocol == 3 ? "%" + pairs + "\r\n" : "*" + 2 * pairs + "\r\n";
  }

  /** Cuts what arrived into its replies and notifications. */
  static List<String> frames(String text) {
    List<String> frames = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = end(text, at);
      frames.add(text.substring(at, end));
      at = end;
    }
    return frames;
  }

  private static int end(String text, int at) {
    int line = text.indexOf('\n', at) + 1;
    String head = text.substring(at + 1, line - 2);
    int end = line;
    switch (text.charAt(at)) {
      case '$' -> end += head.equals("-1") ? 0 : Integer.parseInt(head) + 2;
      case '*', '>', '%' -> {
        int elements = Integer.parseInt(head) * (text.charAt(at) == '%' ? 2 : 1);
        for (int i = 0; i < elements; i++) {
          end = end(text, end);
        }
      }
      default -> {}
    }
    return end;
  }

  /** The bytes of a text of one character a byte. */
  static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** For people: control characters are spelled out and long texts cut. */
  static String show(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length() && shown.length() < 400; i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\r' -> shown.append("\\r");
        case '\n' -> shown.append("\\n");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            shown.append(c);
          } else {
            shown.append(String.format("\\x%02x", (int) c));
          }
        }
      }
    }
    return shown.length() < 400 ? shown.toString() : shown + "… (" + text.length() + " bytes)";
  }
}
