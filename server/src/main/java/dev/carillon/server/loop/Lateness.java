package dev.carillon.server.loop;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How late expiries are: from a key's deadline to the moment when the notifications of its expiry
 * were handed to the sockets. Always measured; shown by INFO. Loop thread only.
 */
public final class Lateness {

  /** Anything later than a day counts as a day. */
  private static final long HIGHEST_MICROS = 86_400_000_000L;

  /** Significant digits: one in a hundred is exact enough, and the counters take 31 KB. */
  private static final int DIGITS = 2;

  private final Histogram histogram = new Histogram(HIGHEST_MICROS, DIGITS);
  private long[] pending = new long[1024];
  private int count;

  /** A key with this deadline, in epoch milliseconds, was removed in the sweep that runs. */
  void onExpired(long deadlineMillis) {
    if (count == pending.length) {
      pending = Arrays.copyOf(pending, 2 * count);
    }
    pending[count++] = deadlineMillis;
  }

  /** Whether anything was removed since the last {@link #onFlushed}. */
  boolean hasPending() {
    return count > 0;
  }

  /** All that was removed since the last call was handed to the sockets, now in epoch micros. */
  void onFlushed(long nowMicros) {
    for (int i = 0; i < count; i++) {
      long late = nowMicros - pending[i] * 1000;
      histogram.recordValue(Math.max(0, Math.min(HIGHEST_MICROS, late)));
    }
    count = 0;
  }

  /** Forgets all measurements (CONFIG RESETSTAT). */
  public void reset() {
    histogram.reset();
  }

  /** The figures by the names that INFO shows them under; times in microseconds. */
  public Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("expired_lateness_count", Long.toString(histogram.getTotalCount()));
    facts.put("expired_lateness_p50_usec", at(50));
    facts.put("expired_lateness_p99_usec", at(99));
    facts.put("expired_lateness_p999_usec", at(99.9));
    facts.put("expired_lateness_max_usec", Long.toString(histogram.getMaxValue()));
    return facts;
  }

  private String at(double percentile) {
    return Long.toString(histogram.getValueAtPercentile(percentile));
  }
}
