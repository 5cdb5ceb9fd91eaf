package dev.carillon.engine.docs;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A page in Markdown that is being written, for people to read as text too. */
final class Page {

  private final StringBuilder text = new StringBuilder();

  /** A page that begins with its title and says where it comes from. */
  Page(String title, String from) {
    text.append("# ").append(title).append("\n\n");
    text.append("<!-- Written by DocumentationTest; CONTRIBUTING.md has the command. -->\n");
    paragraph(from);
  }

  /** Adds a heading of the second level. */
  void heading(String heading) {
    text.append("\n## ").append(heading).append("\n");
  }

  /** Adds lines as they are. */
  void paragraph(String lines) {
    text.append("\n").append(lines.strip()).append("\n");
  }

  /** Begins a table. */
  void table(String... headings) {
    text.append('\n');
    row(headings);
    text.append("|---".repeat(headings.length)).append("|\n");
  }

  /** Adds a row to the table; an empty cell shows a dash. */
  void row(String... cells) {
    text.append(
        Arrays.stream(cells)
            .map(cell -> cell.isEmpty() ? "–" : cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** Text as it is typed. */
  static String code(String typed) {
    return typed.contains("`") ? "`` " + typed + " ``" : "`" + typed + "`";
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
