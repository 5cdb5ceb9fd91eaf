"""How not to do it: this worker acknowledges a batch before it handles it, and loses what it had
not come to when it is killed. `./run story --sabotage ack-first` shows that the checker notices."""
import os
import sys
import time

import redis

name = sys.argv[1]
r = redis.from_url(os.environ["CARILLON_URL"], decode_responses=True)

while True:
    try:
        for _, entries in r.xreadgroup("billing", name, {"orders": ">"}, count=10, block=1000):
            r.xack("orders", "billing", *[id for id, _ in entries])
            for id, order in entries:
                time.sleep(0.002)  # work takes its time
                with open("handled.txt", "a") as file:
                    file.write(f"{id} done {name} 1 {order['key']} {order['value']}\n")
    except redis.RedisError as error:
        print(error, file=sys.stderr)
        time.sleep(0.5)
