// Orders that time out and a cache that stays fresh, with ioredis.
//
//   node ioredis.js [redis://host:port]
//
// 1. turn notifications on            3. hear a product deleted, drop it from a local cache
// 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
'use strict';

const { randomBytes } = require('crypto');
const Redis = require('ioredis');
const { version } = require('ioredis/package.json');

const url = process.argv[2] || process.env.CARILLON_URL || 'redis://127.0.0.1:6379';
const run = randomBytes(4).toString('hex'); // so that runs do not hear each other
const firstOrder = `order:${run}:1`;
const secondOrder = `order:${run}:2`;
const product = `product:${run}:42`;

const EXPIRED = '__keyevent@0__:expired'; // the channel says what happened, the payload is the key
const PRODUCTS = `__keyspace@0__:product:${run}:*`; // the channel names the key, the payload is what happened

const orders = new Map(); // order key -> 'open' or 'cancelled'
const cache = new Map(); // product key -> its fields, as read from the server
const waiting = new Map(); // key -> what to call when the shop has dealt with it

const redis = new Redis(url);
const subscriber = redis.duplicate(); // a subscribed connection can do nothing else: a second one
redis.on('error', (error) => console.error(`client: ${error.message}`));
subscriber.on('error', (error) => console.error(`subscriber: ${error.message}`)); // it reconnects by itself

subscriber.on('message', (channel, key) => {
  if (channel === EXPIRED && orders.has(key)) { // the channel carries every key of the database: pick ours
    orders.set(key, 'cancelled');
    waiting.get(key)();
  }
});

subscriber.on('pmessage', (pattern, channel, event) => {
  const key = channel.slice(channel.indexOf(':') + 1); // behind '__keyspace@0__:'
  if (event === 'del' && cache.delete(key)) waiting.get(key)();
});

let flagsBefore;

async function main() {
  // 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
  flagsBefore = (await within(redis.config('GET', 'notify-keyspace-events'), `no answer from ${url}`))[1];
  await redis.config('SET', 'notify-keyspace-events', 'KEg$x');
  // The server's id of this connection, asked while it may still be asked: used in step 4.
  const subscriberId = await subscriber.client('ID');
  await subscriber.subscribe(EXPIRED);
  await subscriber.psubscribe(PRODUCTS);

  // 2. An order that nobody pays expires and is cancelled.
  const firstMillis = await expiryOf(firstOrder);

  // 3. A deleted product leaves the local cache.
  await redis.set(product, JSON.stringify({ name: 'bell', price: 12 }));
  cache.set(product, JSON.parse(await redis.get(product)));
  const deletedAt = Date.now();
  const invalidated = dealtWith(product);
  await redis.del(product);
  await within(invalidated, `del of ${product} was not heard`);
  const productMillis = Date.now() - deletedAt;

  // 4. Somebody cuts the subscriber's connection. ioredis connects again, says 'ready' and, with
  //    its option autoResubscribe (on by default), subscribes to the same channels and patterns.
  const ready = new Promise((resolve) => subscriber.once('ready', resolve));
  const killed = await redis.client('KILL', 'ID', subscriberId);
  if (killed !== 1) throw new Error(`CLIENT KILL ID ${subscriberId} killed ${killed} connections`);
  await within(ready, 'the subscriber did not come back');
  await subscriber.ping(); // answered behind the subscriptions: now they are in force
  // Pub/Sub forgot whatever happened in between: look at the open orders once, here.
  const secondMillis = await expiryOf(secondOrder);

  return `${firstOrder} expired after ${firstMillis} ms, `
    + `${product} left the cache after ${productMillis} ms, `
    + `${secondOrder} expired after ${secondMillis} ms on a new connection`;
}

/** Places an order and waits until it was heard to expire; returns how many milliseconds it lived. */
async function expiryOf(order) {
  orders.set(order, 'open');
  const placedAt = Date.now();
  const cancelled = dealtWith(order);
  await redis.set(order, '2 concert tickets', 'EX', 1); // a real shop would give it 15 minutes
  await within(cancelled, `${order} was not heard to expire`);
  const millis = Date.now() - placedAt;
  if (millis < 995) throw new Error(`${order} expired early, after ${millis} ms`);
  return millis;
}

function dealtWith(key) {
  return new Promise((resolve) => waiting.set(key, resolve));
}

/** The promise, or an error with this message after 10 seconds. */
function within(promise, otherwise) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within 10 s`)), 10000);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** Removes the keys and puts back the flags that were there; a real program leaves its flags on. */
async function cleanUp() {
  if (flagsBefore === undefined) return;
  await redis.del(firstOrder, secondOrder, product);
  await redis.config('SET', 'notify-keyspace-events', flagsBefore);
}

main().then(async (story) => {
  await cleanUp();
  console.log(`ok node ioredis ${version}: ${story}`);
  process.exit(0);
}).catch(fail);
setTimeout(() => fail(new Error('not finished within 30 s')), 30000);

async function fail(error) {
  console.error(`FAILED node ioredis ${version}: ${error.message}`);
  setTimeout(() => process.exit(1), 1000); // if the server does not answer the clean-up either
  await cleanUp().catch(() => {});
  process.exit(1);
}
