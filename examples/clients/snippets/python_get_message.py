"""The other usual Python snippet: psubscribe and a loop around get_message()."""
# --- for the check: where the server is -----------------------------------------------------------
import os, sys
from urllib.parse import urlparse
url = urlparse(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379"))
HOST, PORT = url.hostname, url.port or 6379
heard = []

# --- the snippet ----------------------------------------------------------------------------------
import threading
import time
from redis import Redis

redis_client = Redis(host=HOST, port=PORT, decode_responses=True)
redis_client.config_set('notify-keyspace-events', 'Ex')


def listen_for_expirations():
    p = redis_client.pubsub(ignore_subscribe_messages=True)
    p.psubscribe('__keyevent@*__:expired')
    while True:
        message = p.get_message()
        if message:
            print(f"{message['channel']}: {message['data']}")
            heard.append(message['data'])  # (for the check)
        else:
            time.sleep(0.01)


threading.Thread(target=listen_for_expirations, daemon=True).start()
time.sleep(0.2)  # give the thread a chance to subscribe

redis_client.setex('coupon:SPRING', 1, '20%')
redis_client.set('coupon:SUMMER', '30%')
redis_client.expire('coupon:SUMMER', 1)

# --- the check ------------------------------------------------------------------------------------
for _ in range(100):
    if 'coupon:SPRING' in heard and 'coupon:SUMMER' in heard:
        import redis
        print(f'ok snippet python get_message(), redis-py {redis.__version__}')
        sys.exit(0)
    time.sleep(0.1)
sys.exit(f'FAILED snippet python get_message(): heard only {heard} within 10 s')
