package dev.carillon.engine.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The subscribers of one name, compared with a {@link LinkedHashSet}. */
class AudienceTest {

  /** A member whose hash is that of many others, so that slots collide. */
  private record Member(int number) {
    @Override
    public int hashCode() {
      return number & 7;
    }
  }

  @ParameterizedTest(name = "up to {0} members")
  @ValueSource(ints = {1, 2, 8, 9, 10, 40, 300})
  void everyHistoryKeepsTheOrderOfSubscribing(int membersMax) {
    Random random = new Random(membersMax);
    Audience<Member> audience = new Audience<>();
    LinkedHashSet<Member> model = new LinkedHashSet<>();
    for (int step = 0; step < 6_000; step++) {
      Member member = new Member(random.nextInt(membersMax));
      if (random.nextInt(100) < (step / 1_000 % 2 == 0 ? 70 : 25)) {
        assertThat(audience.add(member)).isEqualTo(model.add(member));
      } else {
        assertThat(audience.remove(member)).isEqualTo(model.remove(member));
      }
      assertThat(audience.size()).isEqualTo(model.size());
      assertThat(members(audience)).containsExactlyElementsOf(model);
      assertWorkIsBounded(audience);
    }
  }

  @Test
  void tenThousandMembersLeaveInAnyOrderAndTakeTheRoomWithThem() {
    Audience<Integer> audience = new Audience<>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(audience.add(i)).isTrue();
    }
    for (int i = 0; i < 10_000; i++) {
      assertThat(audience.remove(i * 7_919 % 10_000)).isTrue();
      assertWorkIsBounded(audience);
    }
    assertThat(audience.size()).isZero();
    assertThat(audience.add(1)).isTrue();
    assertThat(members(audience)).containsExactly(1);
  }

  private static void assertWorkIsBounded(Audience<?> audience) {
    assertThat(audience.capacity())
        .as("a loop reads at most four places per member")
        .isLessThanOrEqualTo(Math.max(4, 4 * audience.size() + 3));
  }

  private static <T> List<T> members(Audience<T> audience) {
    List<T> members = new ArrayList<>();
    for (int i = 0; i < audience.end(); i++) {
      T member = audience.at(i);
      if (member != null) {
        members.add(member);
      }
    }
    return members;
  }
}
