package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;

/** Compares what an index counts with what its directory and segments say. */
final class KeyTableChecker {

  private KeyTableChecker() {}

  /** Fails with a sentence where an invariant of the index does not hold. */
  static void check(KeyTable table) {
    int[] segmentsAtDepth = new int[table.segmentsAtDepth.length];
    int size = 0;
    int length = table.directory.length;
    assertThat(length).as("the directory has an entry for each prefix").isEqualTo(1 << table.depth);
    for (int first = 0; first < length; ) {
      byte[] segment = table.directory[first];
      int depth = segment[8];
      assertThat(depth).as("no segment is deeper than the directory").isBetween(0, table.depth);
      int span = 1 << (table.depth - depth);
      assertThat(first & span - 1).as("a segment begins at a multiple of its span").isZero();
      for (int i = first; i < first + span; i++) {
        assertThat(table.directory[i]).as("all its entries lead to it").isSameAs(segment);
        assertThat(table.shapes[i]).as("shapes repeat the segment's").isEqualTo(shape(segment));
      }
      int live = 0;
      int marks = 0;
      for (int groupAt = 16; groupAt < segment.length; groupAt += 40) {
        for (int i = 0; i < 8; i++) {
          live += (segment[groupAt + i] & 0xFE) != 0 ? 1 : 0;
          marks += segment[groupAt + i] == 1 ? 1 : 0;
        }
      }
      assertThat(Words.int32(segment, 0)).as("a segment counts its keys").isEqualTo(live);
      assertThat(Words.int32(segment, 4)).as("a segment counts its marks").isEqualTo(marks);
      assertThat(live + marks).as("a search ends").isLessThan(8 << segment[9]);
      segmentsAtDepth[depth]++;
      size += live;
      first += span;
    }
    assertThat(table.segmentsAtDepth).as("segments are counted").isEqualTo(segmentsAtDepth);
    assertThat(table.size()).as("keys are counted").isEqualTo(size);
  }

  private static short shape(byte[] segment) {
    return (short) ((segment[8] & 0xFF) | segment[9] << 8);
  }
}
