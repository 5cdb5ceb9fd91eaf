package dev.carillon.engine.config;

/** Which keys make room when memory is full. The order of the constants is that of error texts. */
public enum EvictionPolicy implements Choice {
  /** Among keys with a deadline, those read or written longest ago. */
  VOLATILE_LRU("volatile-lru"),
  /** Among keys with a deadline, those used least often. */
  VOLATILE_LFU("volatile-lfu"),
  /** Any key that has a deadline. */
  VOLATILE_RANDOM("volatile-random"),
  /** Among keys with a deadline, those whose deadline is nearest. */
  VOLATILE_TTL("volatile-ttl"),
  /** Among keys with a deadline, those changed longest ago. */
  VOLATILE_LRM("volatile-lrm"),
  /** Among all keys, those read or written longest ago. */
  ALLKEYS_LRU("allkeys-lru"),
  /** Among all keys, those used least often. */
  ALLKEYS_LFU("allkeys-lfu"),
  /** Any key. */
  ALLKEYS_RANDOM("allkeys-random"),
  /** Among all keys, those changed longest ago. */
  ALLKEYS_LRM("allkeys-lrm"),
  /** None: commands that need memory are refused. */
  NOEVICTION("noeviction");

  private final String word;

  EvictionPolicy(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }
}
