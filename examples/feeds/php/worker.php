<?php
// Handles orders that were not paid in time, together with the other workers of its group.

const LEDGER = 'handled.txt';
const TAKE_OVER_MILLIS = 3000; // longer than ten orders take

$name = $argv[1];
$url = parse_url(getenv('CARILLON_URL') ?: 'redis://127.0.0.1:6379');
$redis = new Redis();
$redis->connect($url['host'], $url['port']);

/** What the server answered; phpredis returns false where it refused. */
function answer(mixed $answer): mixed
{
    global $redis;
    return $answer !== false ? $answer : throw new RedisException($redis->getLastError());
}

function handle(string $id, array $order, int $deliveries): void
{
    global $name;
    // The work is a line that begins with the entry's id: whoever gets the entry again finds it.
    $lines = is_file(LEDGER) ? file(LEDGER) : [];
    $known = array_filter($lines, fn ($line) => str_starts_with($line, "$id "));
    $outcome = $known ? 'again' : 'done';
    $line = "$id $outcome $name $deliveries $order[key] $order[value]\n";
    file_put_contents(LEDGER, $line, FILE_APPEND);
    echo $line;
}

function work(): void
{
    global $name, $redis;
    // First what somebody else, or this worker before it died, was given and did not finish.
    // phpredis 5 has no xAutoClaim(): the command in words, and names and values in turns.
    [, $left] = answer($redis->rawCommand(
        'XAUTOCLAIM', 'orders', 'billing', $name, TAKE_OVER_MILLIS, '0', 'COUNT', 10));
    foreach ($left as [$id, $words]) {
        $order = array_column(array_chunk($words, 2), 1, 0);
        $pending = answer($redis->xPending('orders', 'billing', $id, $id, 1));
        foreach ($pending as [, , , $deliveries]) {
            handle($id, $order, $deliveries);
            answer($redis->xAck('orders', 'billing', [$id]));
        }
    }
    $streams = answer($redis->xReadGroup('billing', $name, ['orders' => '>'], 10, 1000));
    foreach ($streams['orders'] ?? [] as $id => $order) {
        handle($id, $order, 1);
        answer($redis->xAck('orders', 'billing', [$id]));
    }
}

while (true) {
    try {
        work();
    } catch (RedisException $e) { // the next command connects again
        fwrite(STDERR, $e->getMessage() . "\n");
        usleep(500_000);
    }
}
