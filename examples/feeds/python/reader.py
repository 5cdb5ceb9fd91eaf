"""Prints which orders were not paid in time, and goes on where it stopped."""
import os
import pathlib
import sys
import time

import redis

r = redis.from_url(os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379"), decode_responses=True)
position = pathlib.Path("position.txt")  # outlives this program

if "orders" not in r.execute_command("FEED LIST"):
    r.execute_command("FEED CREATE", "orders", "EVENTS", "x", "MATCH", "order:*", "VALUES", 4096)

last = position.read_text() if position.exists() else "0-0"
print("orders, behind", last, flush=True)
while True:
    try:
        for _, entries in r.xread({"orders": last}, count=100, block=2000):
            for id, entry in entries:
                print(id, entry["event"], entry["key"], entry["value"], flush=True)
                position.write_text(id)  # behind the work: rather twice than never
                last = id
    except redis.RedisError as error:  # a lost connection is made anew by the next command
        print(error, file=sys.stderr)
        time.sleep(0.5)
