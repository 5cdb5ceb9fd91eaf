package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;

/** Compares what an arena counts and links with what its pages say, block by block. */
final class SlotsChecker {

  private SlotsChecker() {}

  /** Fails with a sentence where an invariant of the arena does not hold. */
  static void check(Slots slots) {
    Set<Integer> linked = linkedBlocks(slots);
    Set<Integer> walked = new HashSet<>();
    int live = 0;
    long liveBytes = 0;
    for (int number = 0; number < slots.pageCount; number++) {
      boolean isEvacuating = number == slots.evacuating;
      byte[] page = slots.pages[number];
      int liveHere = 0;
      int at = isEvacuating ? slots.evacuated : 0;
      while (at < slots.tops[number]) {
        int address = number << Slots.OFFSET_BITS | at >>> 3;
        int id = Words.int32(page, at + Slots.ID);
        int bytes = Words.int32(page, at + Slots.SHAPE);
        if (id == 0) {
          boolean isLinked = Words.int32(page, at + Slots.FREE_PREVIOUS) != Slots.UNLINKED;
          assertThat(isLinked || isEvacuating)
              .as("a free block outside a list lies in the page under evacuation")
              .isTrue();
          if (isLinked) {
            walked.add(address);
          }
          bytes <<= 3;
        } else {
          assertThat(id).as("the id of a block").isBetween(1, slots.nextId - 1);
          assertThat(slots.address(id))
              .as("slot %d lies where its id leads", id)
              .isEqualTo(address);
          bytes = (bytes & 0xFFFF) << 3;
          liveHere += bytes;
          live++;
        }
        assertThat(bytes).as("the size of the block at %d", address).isGreaterThanOrEqualTo(16);
        at += bytes;
      }
      assertThat(at).as("blocks of page %d end at its top", number).isEqualTo(slots.tops[number]);
      assertThat(liveHere)
          .as("page %d counts its live bytes", number)
          .isEqualTo(slots.liveBytes[number]);
      liveBytes += liveHere;
    }
    assertThat(live).as("every slot has one block").isEqualTo(slots.size());
    assertThat(liveBytes).as("the arena counts its live bytes").isEqualTo(slots.allLiveBytes);
    assertThat(walked).as("the lists hold exactly the free blocks").isEqualTo(linked);
  }

  private static Set<Integer> linkedBlocks(Slots slots) {
    Set<Integer> linked = new HashSet<>();
    for (int list = 0; list < slots.lists.length; list++) {
      int previous = Slots.NONE;
      int address = slots.lists[list];
      assertThat((slots.listBits[list >>> 6] >>> list & 1) != 0)
          .as("the bitmap knows whether list %d is empty", list)
          .isEqualTo(address != Slots.NONE);
      while (address != Slots.NONE) {
        byte[] page = slots.pages[address >>> Slots.OFFSET_BITS];
        int at = (address & Slots.OFFSET_MASK) << 3;
        assertThat(linked.add(address)).as("block %d is linked once", address).isTrue();
        assertThat(Words.int32(page, at + Slots.ID)).as("a linked block is free").isZero();
        assertThat(Math.min(Words.int32(page, at + Slots.FREE_UNITS), Slots.MAX_UNITS))
            .as("a block is in the list of its size")
            .isEqualTo(list);
        assertThat(Words.int32(page, at + Slots.FREE_PREVIOUS))
            .as("links lead back")
            .isEqualTo(previous);
        previous = address;
        address = Words.int32(page, at + Slots.FREE_NEXT);
      }
    }
    return linked;
  }
}
