package dev.carillon.engine.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How the pages of one owner grow. */
class PagePoolTest {

  @Test
  void pagesGrowWithTheirOwnerSoThatLittleStandsEmpty() {
    PagePool pool = new PagePool();
    long reserved = 0;
    int pages = 0;
    while (reserved < 64 << 20) {
      int length = pool.take(reserved, 4 << 10, 100).length;
      assertThat(length)
          .as("the page that follows %d bytes", reserved)
          .isBetween(4 << 10, PagePool.PAGE_BYTES);
      assertThat(length)
          .as("the page that follows %d bytes", reserved)
          .isLessThanOrEqualTo((int) Math.max(8 << 10, reserved * 3 / 5));
      reserved += length;
      pages++;
    }
    assertThat(pages).isLessThan(64 + 40);
  }

  @Test
  void aPageHoldsWhatIsNeeded() {
    PagePool pool = new PagePool();
    assertThat(pool.take(0, 4 << 10, 12_320).length).isEqualTo(16 << 10);
    assertThat(pool.take(0, 4 << 10, 4 << 10).length).isEqualTo(4 << 10);
    assertThat(pool.take(8 << 10, 4 << 10, 16).length).isEqualTo(4 << 10);
    assertThat(pool.take(20 << 10, 4 << 10, 16).length).isEqualTo(8 << 10);
  }

  @Test
  void fullPagesAreUsedAgain() {
    PagePool pool = new PagePool(1);
    byte[] page = pool.take(1 << 30, 4 << 10, 16);
    byte[] other = pool.take(1 << 30, 4 << 10, 16);
    assertThat(page).hasSize(PagePool.PAGE_BYTES);
    pool.giveBack(page);
    pool.giveBack(other);
    assertThat(pool.freeBytes()).isEqualTo(PagePool.PAGE_BYTES);
    assertThat(pool.take(1 << 30, 4 << 10, 16)).isSameAs(page);
  }
}
