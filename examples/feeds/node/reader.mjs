// Prints which orders were not paid in time, and goes on where it stopped.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';

const position = 'position.txt'; // outlives this program

const client = createClient({ url: process.env.CARILLON_URL ?? 'redis://127.0.0.1:6379' });
client.on('error', (error) => console.error(error.message)); // it connects again by itself
await client.connect();

if (!(await client.sendCommand(['FEED', 'LIST'])).includes('orders')) {
  await client.sendCommand(
    ['FEED', 'CREATE', 'orders', 'EVENTS', 'x', 'MATCH', 'order:*', 'VALUES', '4096']);
}

let last = existsSync(position) ? readFileSync(position, 'utf8') : '0-0';
console.log(`orders, behind ${last}`);
while (true) {
  try {
    const streams = await client.xRead({ key: 'orders', id: last }, { COUNT: 100, BLOCK: 2000 });
    for (const { id, message } of streams?.[0].messages ?? []) {
      console.log(id, message.event, message.key, message.value);
      writeFileSync(position, id); // behind the work: rather twice than never
      last = id;
    }
  } catch (error) {
    console.error(error.message);
    await sleep(500);
  }
}
