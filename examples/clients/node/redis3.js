// Orders that time out and a cache that stays fresh, with node redis 3 (callbacks).
//
//   node redis3.js [redis://host:port]
//
// 1. turn notifications on            3. hear a product deleted, drop it from a local cache
// 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
'use strict';

const crypto = require('crypto');
const redis = require('redis3'); // in your own program: npm install redis@3, require('redis')
const { version } = require('redis3/package.json');

const url = process.argv[2] || process.env.CARILLON_URL || 'redis://127.0.0.1:6379';
const run = crypto.randomBytes(4).toString('hex'); // so that runs do not hear each other
const firstOrder = `order:${run}:1`;
const secondOrder = `order:${run}:2`;
const product = `product:${run}:42`;

const EXPIRED = '__keyevent@0__:expired'; // the channel says what happened, the payload is the key
const PRODUCTS = `__keyspace@0__:product:${run}:*`; // the channel names the key, the payload is what happened

const orders = new Map(); // order key -> 'open' or 'cancelled'
const cache = new Map(); // product key -> its fields, as read from the server
const placedAt = new Map(); // order key -> milliseconds, to tell how long it lived
const heardAfter = {}; // key -> milliseconds
let deletedAt;
let subscriberId;
let flagsBefore;
let waitingFor = 'the server does not answer';

const client = redis.createClient(url);
const subscriber = redis.createClient(url); // a subscribed connection can do nothing else: a second one
client.on('error', fail);
subscriber.on('error', (error) => console.error(`subscriber: ${error.message}`)); // it reconnects by itself

const tooLate = setTimeout(() => fail(new Error(`${waitingFor} within 10 s`)), 10000);

// 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
client.send_command('CONFIG', ['GET', 'notify-keyspace-events'], (error, reply) => {
  if (error) return fail(error);
  flagsBefore = reply[1];
  client.send_command('CONFIG', ['SET', 'notify-keyspace-events', 'KEg$x'], orFail(() => {
    // The server's id of this connection, asked while it may still be asked: used in step 4.
    subscriber.send_command('CLIENT', ['ID'], orFail((id) => {
      subscriberId = id;
      subscriber.subscribe(EXPIRED, orFail(() => {
        subscriber.psubscribe(PRODUCTS, orFail(() => {
          placeOrder(firstOrder);
        }));
      }));
    }));
  }));
});

function placeOrder(key) {
  orders.set(key, 'open');
  placedAt.set(key, Date.now());
  waitingFor = `${key} was not heard to expire`;
  client.set(key, '2 concert tickets', 'EX', 1, orFail()); // a real shop would give it 15 minutes
}

// 2. An order that nobody pays expires and is cancelled.
subscriber.on('message', (channel, key) => {
  if (channel !== EXPIRED || orders.get(key) !== 'open') return; // the channel carries every key: pick ours
  orders.set(key, 'cancelled');
  heardAfter[key] = Date.now() - placedAt.get(key);
  if (heardAfter[key] < 995) return fail(new Error(`${key} expired early, after ${heardAfter[key]} ms`));
  if (key === firstOrder) loadProduct();
  else finish();
});

// 3. A deleted product leaves the local cache.
function loadProduct() {
  client.set(product, JSON.stringify({ name: 'bell', price: 12 }), orFail(() => {
    client.get(product, orFail((json) => {
      cache.set(product, JSON.parse(json));
      waitingFor = `del of ${product} was not heard`;
      deletedAt = Date.now();
      client.del(product, orFail());
    }));
  }));
}

subscriber.on('pmessage', (pattern, channel, event) => {
  const key = channel.slice(channel.indexOf(':') + 1); // behind '__keyspace@0__:'
  if (event === 'del' && cache.delete(key)) {
    heardAfter[key] = Date.now() - deletedAt;
    dropConnection();
  }
});

// 4. Somebody cuts the subscriber's connection. The library connects again, subscribes to the same
//    channels and patterns, and then says 'ready'.
function dropConnection() {
  waitingFor = 'the subscriber did not come back';
  subscriber.once('ready', () => {
    // Pub/Sub forgot whatever happened in between: look at the open orders once, here.
    placeOrder(secondOrder);
  });
  client.send_command('CLIENT', ['KILL', 'ID', String(subscriberId)], orFail((killed) => {
    if (killed !== 1) fail(new Error(`CLIENT KILL ID ${subscriberId} killed ${killed} connections`));
  }));
}

function finish() {
  cleanUp(() => {
    console.log(`ok node redis ${version}: ${firstOrder} expired after ${heardAfter[firstOrder]} ms, `
      + `${product} left the cache after ${heardAfter[product]} ms, `
      + `${secondOrder} expired after ${heardAfter[secondOrder]} ms on a new connection`);
    process.exit(0);
  });
}

function fail(error) {
  console.error(`FAILED node redis ${version}: ${error.message}`);
  setTimeout(() => process.exit(1), 1000); // if the server does not answer the clean-up either
  cleanUp(() => process.exit(1));
}

function cleanUp(done) {
  clearTimeout(tooLate);
  if (flagsBefore === undefined) return done();
  client.del(firstOrder, secondOrder, product, () => {
    // Put back what was there; a real program leaves its flags on.
    client.send_command('CONFIG', ['SET', 'notify-keyspace-events', flagsBefore], done);
  });
}

function orFail(next = () => {}) {
  return (error, reply) => (error ? fail(error) : next(reply));
}
