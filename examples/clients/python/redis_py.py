#!/usr/bin/env python3
"""Orders that time out and a cache that stays fresh, with redis-py.

    python3 redis_py.py [redis://host:port]

1. turn notifications on            3. hear a product deleted, drop it from a local cache
2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
"""
import json
import os
import sys
import time
import uuid

import redis

URL = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379")
WAIT = 10  # seconds; nothing below waits longer
RUN = uuid.uuid4().hex[:8]  # so that runs do not hear each other
EXPIRED = "__keyevent@0__:expired"  # the channel says what happened, the payload is the key
PRODUCTS = f"__keyspace@0__:product:{RUN}:*"  # the channel names the key, the payload is what happened

orders = {}  # order key -> "open" or "cancelled"
cache = {}  # product key -> its fields, as read from the server


def on_message(message):
    """What the shop does when it hears something. Called for every message of the subscription."""
    if message["channel"] == EXPIRED:
        if message["data"] in orders:  # this channel carries every key of the database: pick ours
            orders[message["data"]] = "cancelled"
    elif message["pattern"] == PRODUCTS:
        product = message["channel"].split(":", 1)[1]  # behind "__keyspace@0__:"
        if message["data"] in ("del", "expired", "set"):
            cache.pop(product, None)


def listen_until(pubsub, happened, what, since=None):
    """Handles messages until happened(message) is true; returns the milliseconds that took."""
    start = since or time.monotonic()
    while time.monotonic() < start + WAIT:
        try:
            message = pubsub.get_message(timeout=0.2)
        except redis.ConnectionError:
            # redis-py reports a lost connection once; the next get_message() connects again and
            # subscribes to the same channels and patterns.
            time.sleep(0.05)
            continue
        if message and message["type"] in ("message", "pmessage"):
            on_message(message)
        if happened(message):
            return (time.monotonic() - start) * 1000
    sys.exit(f"FAILED python redis-py: {what} within {WAIT} s")


def subscribed(message):
    """True for the server's confirmation of the second of our two subscriptions."""
    return message and message["type"] in ("subscribe", "psubscribe") and message["data"] == 2


def expect(truth, otherwise):
    if not truth:
        sys.exit(f"FAILED python redis-py: {otherwise}")


def place_order(r, key):
    """Returns when it was placed: before the command, as the server counts before its answer arrives."""
    orders[key] = "open"
    placed = time.monotonic()
    r.set(key, "2 concert tickets", ex=1)  # a real shop would give it 15 minutes
    return placed


def main():
    # decode_responses: str instead of bytes. The name lets us find the subscriber in CLIENT LIST.
    r = redis.from_url(URL, decode_responses=True, socket_timeout=WAIT)
    name = f"subscriber-{RUN}"
    subscriber = redis.from_url(URL, decode_responses=True, socket_timeout=WAIT, client_name=name)

    # 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
    flags_before = r.config_get("notify-keyspace-events")["notify-keyspace-events"]
    r.config_set("notify-keyspace-events", "KEg$x")
    pubsub = subscriber.pubsub()
    try:
        pubsub.subscribe(EXPIRED)
        pubsub.psubscribe(PRODUCTS)
        listen_until(pubsub, subscribed, "the subscriptions were not confirmed")

        # 2. An order that nobody pays expires and is cancelled.
        first = f"order:{RUN}:1"
        placed = place_order(r, first)
        first_ms = listen_until(
            pubsub, lambda _: orders[first] == "cancelled", f"{first} was not heard to expire", placed
        )
        expect(first_ms >= 995, f"{first} expired early, after {first_ms:.0f} ms")
        expect(r.exists(first) == 0, f"{first} was announced as expired and still exists")

        # 3. A deleted product leaves the local cache.
        product = f"product:{RUN}:42"
        r.set(product, json.dumps({"name": "bell", "price": 12}))
        listen_until(pubsub, lambda m: m and m["data"] == "set", f"set of {product} was not heard")
        cache[product] = json.loads(r.get(product))
        r.delete(product)
        product_ms = listen_until(pubsub, lambda _: product not in cache, f"del of {product} was not heard")

        # 4. Somebody cuts the subscriber's connection.
        doomed = [c["id"] for c in r.client_list() if c["name"] == name]
        expect(len(doomed) == 1, f"expected one connection named {name}, found {len(doomed)}")
        r.client_kill_filter(_id=doomed[0])
        listen_until(pubsub, subscribed, "redis-py did not subscribe again")
        # Pub/Sub forgot whatever happened in between: look at the open orders once, here.
        second = f"order:{RUN}:2"
        placed = place_order(r, second)
        second_ms = listen_until(
            pubsub, lambda _: orders[second] == "cancelled", f"{second} was not heard after reconnecting", placed
        )
    finally:
        pubsub.close()
        r.delete(f"order:{RUN}:1", f"order:{RUN}:2", f"product:{RUN}:42")
        r.config_set("notify-keyspace-events", flags_before)  # a real program leaves them on

    print(
        f"ok python redis-py {redis.__version__}: {first} expired after {first_ms:.0f} ms, "
        f"{product} left the cache after {product_ms:.0f} ms, "
        f"{second} expired after {second_ms:.0f} ms on a new connection"
    )


try:
    main()
except redis.RedisError as error:
    sys.exit(f"FAILED python redis-py: {type(error).__name__}: {error}")
