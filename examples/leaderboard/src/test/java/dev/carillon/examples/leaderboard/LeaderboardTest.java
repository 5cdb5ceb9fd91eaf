package dev.carillon.examples.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.junit.CarillonTest;
import dev.carillon.listener.Carillon;
import dev.carillon.server.ManualClock;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@CarillonTest(durable = true)
@Timeout(60)
class LeaderboardTest {

  private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");

  private final RedisClient client;
  private final RedisCommands<String, String> redis;
  private final List<Carillon> instances;
  private final Board board;
  private final ManualClock clock;
  private final LocalDate day;
  private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

  LeaderboardTest(URI uri, ManualClock clock) {
    this.clock = clock;
    client = RedisClient.create(uri.toString());
    redis = client.connect().sync();
    instances = List.of(connect(uri), connect(uri));
    // Its transactions are its own.
    board = new Board(client.connect().sync(), LeaderboardTest::midnightAfter, log::add);
    instances.forEach(board::listen);
    day = LocalDate.ofInstant(Instant.ofEpochMilli(clock.millis()), ZONE);
    board.begin(day);
  }

  private static Instant midnightAfter(LocalDate day) {
    return day.plusDays(1).atStartOfDay(ZONE).toInstant();
  }

  private void advanceTo(Instant time) {
    clock.advance(Duration.ofMillis(time.toEpochMilli() - clock.millis()));
  }

  private static Carillon connect(URI uri) {
    return Carillon.builder(uri.toString()).lease(Duration.ofMillis(500)).open();
  }

  @AfterEach
  void close() {
    instances.forEach(Carillon::close);
    client.close();
  }

  @Test
  void atMidnightTheRankingIsRecomputedAndANewDayBegins() throws InterruptedException {
    board.begin(day); // There is one already.
    board.score("ann", 30);
    board.score("ben", 20);
    advanceTo(midnightAfter(day));
    assertThat(List.of(log.take(), log.take(), log.take()))
        .containsExactly(
            day + " begins",
            day + " is over: [ann 30, ben 20]",
            day.plusDays(1) + " begins, all days: [ann 30, ben 20]");
    board.score("ben", 25);
    advanceTo(midnightAfter(day.plusDays(1)));
    assertThat(List.of(log.take(), log.take()))
        .containsExactly(
            day.plusDays(1) + " is over: [ben 25]",
            day.plusDays(2) + " begins, all days: [ben 45, ann 30]");
    assertThat(log).isEmpty();
  }

  @Test
  void aDayThatIsToldTwiceIsCountedOnce() throws InterruptedException {
    board.score("ann", 30);
    advanceTo(midnightAfter(day));
    assertThat(List.of(log.take(), log.take(), log.take())).hasSize(3);
    assertThat(board.close(day, midnightAfter(day))).isFalse();
    assertThat(board.top("ranking")).containsExactly("ann 30");
  }

  @Test
  void daysOnWhichNobodyWasThereAreSkipped() throws InterruptedException {
    advanceTo(midnightAfter(day.plusDays(2)).plusSeconds(1));
    assertThat(List.of(log.take(), log.take(), log.take()))
        .containsExactly(
            day + " begins", day + " is over: []", day.plusDays(3) + " begins, all days: []");
    assertThat(redis.exists("day:" + day.plusDays(3))).isEqualTo(1);
  }
}
