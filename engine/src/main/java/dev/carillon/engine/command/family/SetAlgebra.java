package dev.carillon.engine.command.family;

import dev.carillon.engine.keyspace.Draft;
import dev.carillon.engine.keyspace.Keyspace;
import dev.carillon.engine.keyspace.SetView;
import dev.carillon.engine.value.ValueType;
import dev.carillon.protocol.bytes.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Intersection, union and difference of sets, member by member: a visitor is told each member of
 * the result once, and may say that it has seen enough. Which way is taken depends on the sizes, so
 * that large sets are looked into rather than copied. The order of members says nothing.
 */
enum SetAlgebra {
  /** What all sets have. */
  INTERSECTION {
    @Override
    void forEachWhile(Keyspace keyspace, List<@Nullable SetView> sets, Predicate<Bytes> visitor) {
      List<SetView> present = present(sets, 0);
      if (present.size() < sets.size()) {
        return;
      }
      // Few members are looked up, and most that fail do so in the first of the others.
      present.sort(BY_SIZE);
      List<SetView> others = present.subList(1, present.size());
      present.getFirst().forEachWhile(member -> !isInAll(others, member) || visitor.test(member));
    }
  },

  /** What any set has. */
  UNION {
    @Override
    void forEachWhile(Keyspace keyspace, List<@Nullable SetView> sets, Predicate<Bytes> visitor) {
      List<SetView> present = present(sets, 0);
      // The members of the largest are looked up nowhere.
      present.sort(BY_SIZE.reversed());
      boolean going = true;
      int probed = Math.min(present.size(), PROBES_MAX);
      for (int i = 0; i < probed && going; i++) {
        List<SetView> before = present.subList(0, i);
        going =
            present.get(i).forEachWhile(member -> isInAny(before, member) || visitor.test(member));
      }
      if (going && probed < present.size()) {
        List<SetView> before = present.subList(0, probed);
        SetView seen = new Draft(keyspace, ValueType.SET).set();
        for (int i = probed; i < present.size() && going; i++) {
          going =
              present
                  .get(i)
                  .forEachWhile(
                      member ->
                          isInAny(before, member) || !seen.add(member) || visitor.test(member));
        }
      }
    }

    @Override
    void collect(Keyspace keyspace, List<@Nullable SetView> sets, SetView result) {
      // The result knows by itself what it has.
      present(sets, 0).forEach(set -> set.forEach(result::add));
    }
  },

  /** What the first set has and no other one. */
  DIFFERENCE {
    @Override
    void forEachWhile(Keyspace keyspace, List<@Nullable SetView> sets, Predicate<Bytes> visitor) {
      SetView first = sets.getFirst();
      if (first == null) {
        return;
      }
      List<SetView> others = present(sets, 1);
      long total = others.stream().mapToLong(SetView::size).sum();
      if ((long) first.size() * others.size() / 2 <= total + first.size()) {
        // Most members are found in the largest.
        others.sort(BY_SIZE.reversed());
        first.forEachWhile(member -> isInAny(others, member) || visitor.test(member));
        return;
      }
      // Many small sets: what they take away is less than what the first has.
      SetView taken = new Draft(keyspace, ValueType.SET).set();
      for (SetView other : others) {
        other.forEach(
            member -> {
              if (first.contains(member)) {
                taken.add(member);
              }
            });
      }
      first.forEachWhile(member -> taken.contains(member) || visitor.test(member));
    }
  };

  /** Chosen: from here on it costs less to remember members than to look them up in each set. */
  private static final int PROBES_MAX = 8;

  private static final Comparator<SetView> BY_SIZE = Comparator.comparingInt(SetView::size);

  /**
   * Visits the members of the result.
   *
   * @param keyspace where the sets are
   * @param sets at least one; null for a set that is empty
   * @param visitor says whether it wants more; the members it is told are views
   */
  abstract void forEachWhile(
      Keyspace keyspace, List<@Nullable SetView> sets, Predicate<Bytes> visitor);

  /** Adds the members of the result to {@code result}, which is none of the sets. */
  void collect(Keyspace keyspace, List<@Nullable SetView> sets, SetView result) {
    forEachWhile(
        keyspace,
        sets,
        member -> {
          result.add(member);
          return true;
        });
  }

  private static List<SetView> present(List<@Nullable SetView> sets, int from) {
    List<SetView> present = new ArrayList<>(sets.size());
    for (SetView set : sets.subList(from, sets.size())) {
      if (set != null) {
        present.add(set);
      }
    }
    return present;
  }

  private static boolean isInAll(List<SetView> sets, Bytes member) {
    for (int i = 0; i < sets.size(); i++) {
      if (!sets.get(i).contains(member)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isInAny(List<SetView> sets, Bytes member) {
    for (int i = 0; i < sets.size(); i++) {
      if (sets.get(i).contains(member)) {
        return true;
      }
    }
    return false;
  }
}
