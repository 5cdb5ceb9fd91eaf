package dev.carillon.engine.load;

import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.rdb.RdbFileReader;
import dev.carillon.engine.rdb.RdbFormatException;
import dev.carillon.engine.rdb.RdbReader;
import dev.carillon.engine.rdb.RdbValue;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Reads an RDB file to its end, every value of it, and keeps only what can be said in a few lines.
 */
final class RdbSummary implements RdbFileReader.Visitor, RdbSection {

  private static final String REMEDY = "put an intact copy in its place";

  private final String name;
  private final RdbReader in;
  private final RdbFileReader reader;
  private final long nowMillis;
  private final LongFunction<String> date;
  private final Map<Long, Counts> databases = new TreeMap<>();
  private final Map<String, String> aux = new TreeMap<>();
  private final Set<String> remarks = new LinkedHashSet<>();
  private String version = "";
  private Counts counts = new Counts();
  private long keys;

  private static final class Counts {
    final Map<ValueType, Long> byType = new EnumMap<>(ValueType.class);
    long deadlines;
    long over;
  }

  RdbSummary(
      String name, RdbReader in, Keyspace scratch, long nowMillis, LongFunction<String> date) {
    this.name = name;
    this.in = in;
    this.nowMillis = nowMillis;
    this.date = date;
    this.reader = new RdbFileReader(in, true, scratch, this);
    databases.put(0L, counts);
  }

  @Override
  public boolean step(int budgetBytes) throws IOException {
    return RdbSection.readOn(reader, in, name, REMEDY, budgetBytes);
  }

  @Override
  public long keys() {
    return keys;
  }

  @Override
  public Set<String> remarks() {
    return remarks;
  }

  /** Whether there is anything to say. */
  boolean isBegun() {
    return !version.isEmpty();
  }

  /** What was found so far, a sentence a line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(version + writer() + written());
    databases.forEach(
        (number, each) -> {
          if (!each.byType.isEmpty()) {
            lines.add("database " + number + ": " + described(each));
          }
        });
    if (keys == 0) {
      lines.add("no keys");
    }
    return lines;
  }

  private String writer() {
    if (aux.containsKey("carillon-sequence")) {
      // Where others look for their own version it names that of Redis.
      return ", by Carillon";
    }
    for (String product : List.of("valkey", "redis")) {
      String number = aux.get(product + "-ver");
      if (number != null) {
        String title = Character.toUpperCase(product.charAt(0)) + product.substring(1);
        return ", by " + title + " " + number;
      }
    }
    return "";
  }

  private String written() {
    String seconds = aux.get("ctime");
    return seconds == null || !seconds.matches("\\d{1,11}")
        ? ""
        : ", at " + date.apply(Long.parseLong(seconds));
  }

  private static String described(Counts counts) {
    StringBuilder text = new StringBuilder();
    counts.byType.forEach(
        (type, count) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(count)
                .append(' ')
                .append(type.wireName())
                .append(count == 1 ? "" : type == ValueType.HASH ? "es" : "s"));
    if (counts.deadlines > 0) {
      text.append("; ").append(counts.deadlines).append(" with a deadline");
      text.append(
          counts.over > 0
              ? ", of which " + counts.over + (counts.over == 1 ? " is" : " are") + " over"
              : "");
    }
    return text.toString();
  }

  @Override
  public void onVersion(String product, int number) {
    version = "RDB version " + number + " of " + product;
  }

  @Override
  public void onAux(Bytes auxName, Bytes text) {
    if (aux.size() < 64 && text.length() < 100) {
      aux.put(auxName.toLatin1(), text.toLatin1());
    }
  }

  @Override
  public void onDatabase(long number) {
    counts = databases.computeIfAbsent(number, any -> new Counts());
  }

  @Override
  public void onFunctions() {
    remarks.add("it has functions, which Carillon does not have yet and leaves out");
  }

  @Override
  public void onModule(String module) {
    remarks.add("it has data of the module " + module + ", which are left out");
  }

  @Override
  public void onModuleValue(Bytes key, String module) throws RdbFormatException {
    throw new RdbFormatException.Unknown(
        "its value belongs to the module " + module + ", which Carillon does not have");
  }

  @Override
  public void onEmpty(Bytes key) {
    remarks.add("it has collections without elements, whose keys are left out");
  }

  @Override
  public void onEntry(
      Bytes key, RdbValue value, long deadlineMillis, long idleSeconds, int frequency) {
    keys++;
    counts.byType.merge(value.type(), 1L, Long::sum);
    if (deadlineMillis != RdbFileReader.NO_DEADLINE) {
      counts.deadlines++;
      counts.over += deadlineMillis <= nowMillis ? 1 : 0;
    }
  }
}
