"""Handles orders that were not paid in time, together with the other workers of its group."""
import os
import pathlib
import sys
import time

import redis

name = sys.argv[1]
r = redis.from_url(os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379"), decode_responses=True)
ledger = pathlib.Path("handled.txt")
TAKE_OVER_MILLIS = 3000  # longer than ten orders take


def handle(id, order, deliveries):
    # The work is a line that begins with the entry's id: whoever gets the entry again finds it.
    known = ledger.exists() and any(line.startswith(id + " ") for line in ledger.open())
    outcome = "again" if known else "done"
    line = f"{id} {outcome} {name} {deliveries} {order['key']} {order['value']}"
    with ledger.open("a") as file:
        file.write(line + "\n")
    print(line, flush=True)


def work():
    # First what somebody else, or this worker before it died, was given and did not finish.
    for id, order in r.xautoclaim("orders", "billing", name, TAKE_OVER_MILLIS, count=10)[1]:
        for pending in r.xpending_range("orders", "billing", id, id, 1):
            handle(id, order, pending["times_delivered"])
            r.xack("orders", "billing", id)
    for _, entries in r.xreadgroup("billing", name, {"orders": ">"}, count=10, block=1000):
        for id, order in entries:
            handle(id, order, 1)
            r.xack("orders", "billing", id)


while True:
    try:
        work()
    except redis.RedisError as error:  # a lost connection is made anew by the next command
        print(error, file=sys.stderr)
        time.sleep(0.5)
