"""The usual Python snippet: config_set, psubscribe, listen() in a thread, setex."""
# --- for the check: where the server is -----------------------------------------------------------
import os, sys
from urllib.parse import urlparse
url = urlparse(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CARILLON_URL", "redis://127.0.0.1:6379"))
HOST, PORT = url.hostname, url.port or 6379
heard = []

# --- the snippet ----------------------------------------------------------------------------------
import time
import threading
import redis

r = redis.StrictRedis(host=HOST, port=PORT, db=0)
r.config_set('notify-keyspace-events', 'Ex')

pubsub = r.pubsub()
pubsub.psubscribe('__keyevent@0__:expired')


def event_handler():
    for msg in pubsub.listen():
        if msg['type'] == 'pmessage':
            key = msg['data'].decode('utf-8')
            print('Key expired: ' + key)
            heard.append(key)  # (for the check)


thread = threading.Thread(target=event_handler, daemon=True)
thread.start()

r.setex('session:1234', 1, 'user-77')

# --- the check ------------------------------------------------------------------------------------
for _ in range(100):
    if 'session:1234' in heard:
        print(f'ok snippet python listen(), redis-py {redis.__version__}')
        sys.exit(0)
    time.sleep(0.1)
sys.exit('FAILED snippet python listen(): session:1234 was not heard to expire within 10 s')
