<?php
// Prints which orders were not paid in time, and goes on where it stopped.

const POSITION = 'position.txt'; // outlives this program

$url = parse_url(getenv('CARILLON_URL') ?: 'redis://127.0.0.1:6379');
$redis = new Redis();
$redis->connect($url['host'], $url['port']);

/** What the server answered; phpredis returns false where it refused. */
function answer(mixed $answer): mixed
{
    global $redis;
    return $answer !== false ? $answer : throw new RedisException($redis->getLastError());
}

if (!in_array('orders', answer($redis->rawCommand('FEED', 'LIST')))) {
    answer($redis->rawCommand(
        'FEED', 'CREATE', 'orders', 'EVENTS', 'x', 'MATCH', 'order:*', 'VALUES', 4096));
}

$last = is_file(POSITION) ? file_get_contents(POSITION) : '0-0';
echo "orders, behind $last\n";
while (true) {
    try {
        $streams = answer($redis->xRead(['orders' => $last], 100, 2000));
        foreach ($streams['orders'] ?? [] as $id => $order) {
            echo "$id $order[event] $order[key] $order[value]\n";
            file_put_contents(POSITION, $id); // behind the work: rather twice than never
            $last = $id;
        }
    } catch (RedisException $e) { // the next command connects again
        fwrite(STDERR, $e->getMessage() . "\n");
        usleep(500_000);
    }
}
