// The usual Node snippet (redis 3 and older): send_command CONFIG, psubscribe, on('pmessage').
// --- for the check: where the server is -----------------------------------------------------------
const { hostname, port } = new URL(process.argv[2] || process.env.CARILLON_URL || 'redis://127.0.0.1:6379');
const HOST = hostname;
const PORT = Number(port) || 6379;
setTimeout(() => {
  console.error('FAILED snippet node redis 3 pmessage: reminder:9 was not heard to expire within 10 s');
  process.exit(1);
}, 10000);

// --- the snippet ----------------------------------------------------------------------------------
const redis = require('redis3');

const client = redis.createClient(PORT, HOST);

client.send_command('CONFIG', ['SET', 'notify-keyspace-events', 'Ex'], subscribeExpired);

function subscribeExpired(err, reply) {
  const sub = redis.createClient(PORT, HOST);
  const expiredKey = '__keyevent@0__:expired';

  sub.psubscribe(expiredKey, function () {
    console.log('Subscribed to ' + expiredKey + ': ' + reply);
    sub.on('pmessage', function (pattern, channel, msg) {
      console.log(channel, msg);
      check(msg); // (for the check)
    });
    client.set('reminder:9', 'call Ada');
    client.expire('reminder:9', 1);
  });
}

// --- the check ------------------------------------------------------------------------------------
function check(key) {
  if (key === 'reminder:9') {
    console.log(`ok snippet node pmessage, redis ${require('redis3/package.json').version}`);
    process.exit(0);
  }
}
