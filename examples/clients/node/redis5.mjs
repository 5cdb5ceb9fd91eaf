// Orders that time out and a cache that stays fresh, with node redis 5 (promises).
//
//   node redis5.mjs [redis://host:port]
//
// 1. turn notifications on            3. hear a product deleted, drop it from a local cache
// 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { createClient } from 'redis5'; // in your own program: npm install redis@5, import from 'redis'

const { version } = createRequire(import.meta.url)('redis5/package.json');
const url = process.argv[2] || process.env.CARILLON_URL || 'redis://127.0.0.1:6379';
const run = randomBytes(4).toString('hex'); // so that runs do not hear each other
const firstOrder = `order:${run}:1`;
const secondOrder = `order:${run}:2`;
const product = `product:${run}:42`;

const EXPIRED = '__keyevent@0__:expired'; // the channel says what happened, the payload is the key
const PRODUCTS = `__keyspace@0__:product:${run}:*`; // the channel names the key, the payload is what happened

const orders = new Map(); // order key -> 'open' or 'cancelled'
const cache = new Map(); // product key -> its fields, as read from the server
const shop = new EventEmitter(); // tells what the shop did about what it heard

const client = createClient({ url, socket: { connectTimeout: 5000 } });
const subscriber = client.duplicate(); // a subscribed connection can do nothing else: a second one
// Without an 'error' listener a lost connection ends the process. The library reconnects by itself.
client.on('error', (error) => console.error(`client: ${error.message}`));
subscriber.on('error', (error) => console.error(`subscriber: ${error.message}`));

setTimeout(() => fail(new Error('not finished within 30 s')), 30_000);
let flagsBefore;
try {
  await within(client.connect(), `cannot connect to ${url}`);
  await within(subscriber.connect(), `cannot connect to ${url}`);

  // 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
  flagsBefore = (await client.configGet('notify-keyspace-events'))['notify-keyspace-events'];
  await client.configSet('notify-keyspace-events', 'KEg$x');
  // The server's id of this connection, asked while it may still be asked: used in step 4.
  const subscriberId = await subscriber.sendCommand(['CLIENT', 'ID']);

  await subscriber.subscribe(EXPIRED, (key) => {
    if (orders.has(key)) { // the channel carries every key of the database: pick ours
      orders.set(key, 'cancelled');
      shop.emit(`cancelled ${key}`);
    }
  });
  await subscriber.pSubscribe(PRODUCTS, (event, channel) => {
    const key = channel.slice(channel.indexOf(':') + 1); // behind '__keyspace@0__:'
    if (event === 'del' && cache.delete(key)) shop.emit(`invalidated ${key}`);
  });

  // 2. An order that nobody pays expires and is cancelled.
  const firstMillis = await expiryOf(firstOrder);

  // 3. A deleted product leaves the local cache.
  await client.set(product, JSON.stringify({ name: 'bell', price: 12 }));
  cache.set(product, JSON.parse(await client.get(product)));
  const deletedAt = Date.now();
  const invalidated = once(shop, `invalidated ${product}`);
  await client.del(product);
  await within(invalidated, `del of ${product} was not heard`);
  const productMillis = Date.now() - deletedAt;

  // 4. Somebody cuts the subscriber's connection. The library connects again, subscribes to the
  //    same channels and patterns, and then says 'ready'.
  //    (Not events.once(): it would reject on the 'error' that is expected here.)
  const ready = new Promise((resolve) => subscriber.once('ready', resolve));
  const killed = await client.sendCommand(['CLIENT', 'KILL', 'ID', String(subscriberId)]);
  if (killed !== 1) throw new Error(`CLIENT KILL ID ${subscriberId} killed ${killed} connections`);
  await within(ready, 'the subscriber did not come back');
  // Pub/Sub forgot whatever happened in between: look at the open orders once, here.
  const secondMillis = await expiryOf(secondOrder);

  await cleanUp();
  console.log(`ok node redis ${version}: ${firstOrder} expired after ${firstMillis} ms, `
    + `${product} left the cache after ${productMillis} ms, `
    + `${secondOrder} expired after ${secondMillis} ms on a new connection`);
  process.exit(0);
} catch (error) {
  await fail(error);
}

async function fail(error) {
  console.error(`FAILED node redis ${version}: ${error.message}`);
  setTimeout(() => process.exit(1), 1000); // if the server does not answer the clean-up either
  await cleanUp().catch(() => {});
  process.exit(1);
}

/** Places an order and waits until it was heard to expire; returns how many milliseconds it lived. */
async function expiryOf(order) {
  orders.set(order, 'open');
  const placedAt = Date.now();
  const cancelled = once(shop, `cancelled ${order}`);
  await client.set(order, '2 concert tickets', { EX: 1 }); // a real shop would give it 15 minutes
  await within(cancelled, `${order} was not heard to expire`);
  const millis = Date.now() - placedAt;
  if (millis < 995) throw new Error(`${order} expired early, after ${millis} ms`);
  return millis;
}

/** The promise, or an error with this message after 10 seconds. */
function within(promise, otherwise) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within 10 s`)), 10_000);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** Removes the keys and puts back the flags that were there; a real program leaves its flags on. */
async function cleanUp() {
  if (flagsBefore === undefined) return;
  await client.del([firstOrder, secondOrder, product]);
  await client.configSet('notify-keyspace-events', flagsBefore);
}
