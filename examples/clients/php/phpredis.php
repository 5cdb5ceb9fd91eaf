<?php
/*
 * Orders that time out and a cache that stays fresh, with phpredis.
 *
 *     php phpredis.php [redis://host:port]
 *
 * 1. turn notifications on            3. hear a product deleted, drop it from a local cache
 * 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
 *
 * psubscribe() blocks, so the story moves on from within its callback: what is heard decides what
 * happens next. Everything else goes over a second connection.
 */
declare(strict_types=1);

$url = $argv[1] ?? (getenv('CARILLON_URL') ?: 'redis://127.0.0.1:6379');
$library = 'php phpredis ' . phpversion('redis');
$run = bin2hex(random_bytes(4)); // so that runs do not hear each other
$first = "order:$run:1";
$second = "order:$run:2";
$product = "product:$run:42";

const WAIT = 10; // seconds
const EXPIRED = '__keyevent@0__:expired'; // the channel says what happened, the payload is the key
const KEYSPACE = '__keyspace@0__:'; // the channel names the key, the payload is what happened
$products = KEYSPACE . "product:$run:*";

$orders = []; // order key => 'open' or 'cancelled'
$cache = []; // product key => its fields, as read from the server
$since = []; // key => when we acted on it
$millis = []; // key => how long until the shop had dealt with it
$connections = 0; // how often the subscriber connected
$subscriberId = 0; // the server's id of its connection

function connect(string $url): Redis
{
    $parts = parse_url($url);
    $redis = new Redis();
    $redis->connect($parts['host'] ?? '127.0.0.1', $parts['port'] ?? 6379, WAIT);
    if (isset($parts['pass'])) {
        $redis->auth($parts['pass']);
    }
    // Without it the default of php.ini applies (60 s): psubscribe() then ends with "read error".
    $redis->setOption(Redis::OPT_READ_TIMEOUT, WAIT);
    return $redis;
}

function placeOrder(Redis $redis, string $key): void
{
    global $orders, $since;
    $orders[$key] = 'open';
    $since[$key] = hrtime(true);
    $redis->set($key, '2 concert tickets', ['ex' => 1]); // a real shop would give it 15 minutes
}

/** Notes how long it took until the shop had dealt with the key. */
function dealtWith(string $key): void
{
    global $since, $millis;
    $millis[$key] = (int) ((hrtime(true) - $since[$key]) / 1e6);
}

$redis = null;
$flagsBefore = null;
try {
    $redis = connect($url);
    // 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
    $flagsBefore = $redis->config('GET', 'notify-keyspace-events')['notify-keyspace-events'];
    $redis->config('SET', 'notify-keyspace-events', 'KEg$x');

    $onMessage = function (Redis $subscriber, string $pattern, string $channel, string $message)
        use ($redis, $products, $first, $second, $product): void {
        global $orders, $cache, $since, $subscriberId;

        if ($channel === EXPIRED && ($orders[$message] ?? null) === 'open') { // every key is heard here: pick ours
            // 2. An order that nobody pays expires and is cancelled.
            $orders[$message] = 'cancelled';
            dealtWith($message);
            if ($message === $second) {
                $subscriber->close(); // the end of the story: psubscribe() returns
                return;
            }
            // 3. A deleted product leaves the local cache.
            $redis->set($product, json_encode(['name' => 'bell', 'price' => 12]));
            $cache[$product] = json_decode($redis->get($product), true);
            $since[$product] = hrtime(true);
            $redis->del($product);
        } elseif ($pattern === $products && $message === 'del') {
            unset($cache[substr($channel, strlen(KEYSPACE))]);
            dealtWith($product);
            // 4. Somebody cuts the subscriber's connection: psubscribe() throws.
            $killed = $redis->rawCommand('CLIENT', 'KILL', 'ID', $subscriberId);
            if ($killed !== 1) {
                throw new RuntimeException("CLIENT KILL ID $subscriberId killed " . json_encode($killed));
            }
        }
    };

    // phpredis does not come back by itself: a loop around connect() and psubscribe() does.
    while (($orders[$second] ?? null) !== 'cancelled') {
        $connections++;
        try {
            $subscriber = connect($url);
            // By default phpredis hides a lost connection by opening another one, on which nothing
            // is subscribed: psubscribe() would be deaf until its read timeout.
            $subscriber->setOption(Redis::OPT_MAX_RETRIES, 0);
            $subscriberId = $subscriber->rawCommand('CLIENT', 'ID'); // while it may still be asked
            // The callback speaks only once something was heard, so the order is placed before
            // psubscribe(); with a second to live it expires long after. Pub/Sub forgot whatever
            // happened while we were away: look at the open orders once, here.
            placeOrder($redis, $connections === 1 ? $first : $second);
            $subscriber->psubscribe([EXPIRED, $products], $onMessage);
        } catch (RedisException $lost) {
            usleep(50000); // and come back
        }
        foreach ([$first, $product, $connections === 1 ? $product : $second] as $key) {
            if (!isset($millis[$key])) {
                throw new RuntimeException("what happened to $key was not heard within " . WAIT . ' s');
            }
        }
    }
    foreach ([$first, $second] as $order) {
        if ($millis[$order] < 995) {
            throw new RuntimeException("$order expired early, after $millis[$order] ms");
        }
    }
    if (isset($cache[$product])) {
        throw new RuntimeException("$product is still in the cache");
    }
    echo "ok $library: $first expired after $millis[$first] ms, $product left the cache after $millis[$product] ms, "
        . "$second expired after $millis[$second] ms on a new connection\n";
    $status = 0;
} catch (Throwable $error) {
    fwrite(STDERR, "FAILED $library: " . $error->getMessage() . "\n");
    $status = 1;
} finally {
    if ($flagsBefore !== null) {
        $redis->del($first, $second, $product);
        $redis->config('SET', 'notify-keyspace-events', $flagsBefore); // a real program leaves them on
    }
}
exit($status);
