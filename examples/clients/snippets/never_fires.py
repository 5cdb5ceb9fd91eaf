"""Checks the table "where such a snippet can never fire" of ../README.md, with each fix.

Each row does something to a key and listens. That nothing is heard is proved without waiting: the
server sends what it has to say in order, so a message of our own, published afterwards, arrives
last.
"""
import os
import sys
import time
import uuid

import redis

URL = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379")
KEY = f"demo:{uuid.uuid4().hex[:8]}"
r = redis.from_url(URL, decode_responses=True, socket_timeout=10)


def delete(r):
    r.set(KEY, "x")
    r.delete(KEY)


def expire(r):
    r.set(KEY, "x", px=20)
    time.sleep(0.05)
    r.get(KEY)  # a key past its deadline is expired at the latest when somebody asks for it


def expire_in_db_1(r):
    other = redis.from_url(URL, db=1, decode_responses=True, socket_timeout=10)
    try:
        expire(other)
    finally:
        other.close()


def overwrite(r, keep_ttl=False):
    r.set(KEY, "x", px=20)
    r.set(KEY, "y", keepttl=keep_ttl)  # without KEEPTTL, SET drops the time to live
    time.sleep(0.05)
    r.get(KEY)
    r.delete(KEY)


def overwrite_keeping_ttl(r):
    overwrite(r, keep_ttl=True)


def expire_before_subscribing(r):
    """fires() does this first and subscribes afterwards."""
    expire(r)


def anything(message):
    return True


def payload_is_key(message):
    return message["data"] == KEY


def channel_ends_with_key(message):
    return message["channel"].split(":", 1)[1] == KEY


def event_is_expired(message):
    return message["data"] == "expired"


EXPIRED = "__keyevent@0__:expired"
# (flags, pattern, act, what the program looks for)
ROWS = [
    ("the payload of a keyspace channel compared with a key",
     ("KEA", "__keyspace@0__:*", expire, payload_is_key),
     ("KEA", "__keyspace@0__:*", expire, channel_ends_with_key)),
    ("__keyspace@0__:expired",
     ("KEA", "__keyspace@0__:expired", expire, anything),
     ("KEA", EXPIRED, expire, anything)),
    ("flags without K or E",
     ("x", EXPIRED, expire, anything),
     ("Ex", EXPIRED, expire, anything)),
    ("flags of no class",
     ("KE", EXPIRED, expire, anything),
     ("KEx", EXPIRED, expire, anything)),
    ("Ex with a keyspace channel",
     ("Ex", f"__keyspace@0__:{KEY}", expire, anything),
     ("Kx", f"__keyspace@0__:{KEY}", expire, anything)),
    ("Kx with a keyevent channel",
     ("Kx", EXPIRED, expire, anything),
     ("Ex", EXPIRED, expire, anything)),
    ("Kg and expired",
     ("Kg", f"__keyspace@0__:{KEY}", expire, event_is_expired),
     ("Kgx", f"__keyspace@0__:{KEY}", expire, event_is_expired)),
    ("Ex and del",
     ("Ex", "__keyevent@0__:del", delete, anything),
     ("Eg", "__keyevent@0__:del", delete, anything)),
    ("the wrong database",
     ("Ex", EXPIRED, expire_in_db_1, anything),
     ("Ex", "__keyevent@*__:expired", expire_in_db_1, anything)),
    ("'expire' for 'expired'",
     ("Ex", "__keyevent@0__:expire", expire, anything),
     ("Ex", EXPIRED, expire, anything)),
    ("A and key misses",
     ("KEA", "__keyevent@0__:keymiss", lambda r: r.get(KEY), anything),
     ("KEAm", "__keyevent@0__:keymiss", lambda r: r.get(KEY), anything)),
    ("a time to live that SET dropped",
     ("Ex", EXPIRED, overwrite, anything),
     ("Ex", EXPIRED, overwrite_keeping_ttl, anything)),
    ("a key that expired before the subscription",
     ("Ex", EXPIRED, expire_before_subscribing, anything),
     ("Ex", EXPIRED, expire, anything)),
]


def fires(flags, pattern, act, wanted):
    """True if the program would hear what it looks for."""
    r.config_set("notify-keyspace-events", flags)
    marker = f"marker:{KEY}"
    with r.pubsub() as pubsub:
        if act is expire_before_subscribing:
            act(r)
        pubsub.psubscribe(pattern, marker)
        while pubsub.get_message(timeout=10)["data"] != 2:  # both subscriptions confirmed
            pass
        if act is not expire_before_subscribing:
            act(r)
        r.publish(marker, "that was all")
        fired = False
        while True:
            message = pubsub.get_message(timeout=10)
            if message is None:
                sys.exit(f"FAILED snippet never_fires: no answer on {pattern} within 10 s")
            if message["channel"] == marker:
                return fired
            mine = KEY in message["channel"] or message["data"] == KEY
            fired = fired or (mine and wanted(message))


def main():
    flags_before = r.config_get("notify-keyspace-events")["notify-keyspace-events"]
    wrong = []
    try:
        for name, never, fixed in ROWS:
            if fires(*never):
                wrong.append(f"{name}: fired")
            if not fires(*fixed):
                wrong.append(f"{name}: the fix does not fire")
    finally:
        r.delete(KEY)
        r.config_set("notify-keyspace-events", flags_before)
    if wrong:
        sys.exit("FAILED snippet never_fires: " + "; ".join(wrong))
    print(f"ok snippet never_fires, redis-py {redis.__version__}: {len(ROWS)} rows, each silent, each fixed")


try:
    main()
except redis.RedisError as error:
    sys.exit(f"FAILED snippet never_fires: {type(error).__name__}: {error}")
