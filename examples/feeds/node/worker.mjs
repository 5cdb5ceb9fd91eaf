// Handles orders that were not paid in time, together with the other workers of its group.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';

const name = process.argv[2];
const ledger = 'handled.txt';
const takeOverMillis = 3000; // longer than ten orders take

const client = createClient({ url: process.env.CARILLON_URL ?? 'redis://127.0.0.1:6379' });
client.on('error', (error) => console.error(error.message)); // it connects again by itself
await client.connect();

function handle(id, order, deliveries) {
  // The work is a line that begins with the entry's id: whoever gets the entry again finds it.
  const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n') : [];
  const outcome = lines.some((line) => line.startsWith(`${id} `)) ? 'again' : 'done';
  const line = `${id} ${outcome} ${name} ${deliveries} ${order.key} ${order.value}`;
  appendFileSync(ledger, `${line}\n`);
  console.log(line);
}

async function work() {
  // First what somebody else, or this worker before it died, was given and did not finish.
  const left = await client.xAutoClaim(
    'orders', 'billing', name, takeOverMillis, '0', { COUNT: 10 });
  for (const { id, message } of left.messages) {
    for (const pending of await client.xPendingRange('orders', 'billing', id, id, 1)) {
      handle(id, message, pending.deliveriesCounter);
      await client.xAck('orders', 'billing', id);
    }
  }
  const streams = await client.xReadGroup(
    'billing', name, { key: 'orders', id: '>' }, { COUNT: 10, BLOCK: 1000 });
  for (const { id, message } of streams?.[0].messages ?? []) {
    handle(id, message, 1);
    await client.xAck('orders', 'billing', id);
  }
}

while (true) {
  try {
    await work();
  } catch (error) {
    console.error(error.message);
    await sleep(500);
  }
}
