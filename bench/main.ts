/**
 * `npm run bench -- [backlog] [--n 2000] [--bytes 200] [--json]`: measures Pawl next to the floor of the same run
 * and prints a table; with --json the last line is one JSON object. Progress goes to standard error.
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBacklog } from './backlog.ts';
import { startParts } from './parts.ts';

const { values, positionals } = parseArgs({
  options: {
    n: { type: 'string', default: '2000' },
    bytes: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const count = Number(values.n);
const bytes = Number(values.bytes);
const known = positionals.every(name => name === 'backlog');
if (!known || !Number.isInteger(count) || count < 1 || !Number.isInteger(bytes)) {
  console.error('usage: npm run bench -- [backlog] [--n OBJECTS] [--bytes BYTES] [--json]');
  process.exit(2);
}

await using parts = await startParts();
const progress = (text: string) => console.error(`bench: ${text}`);
const result = await measureBacklog(parts, { count, bytes, progress });

const { floor, pawl, ratio, rssMiB, writesPerObject } = result;
const machine = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
console.log(`backlog of ${count} objects of ${bytes} bytes, on ${machine.cores} cores (${machine.cpu})`);
console.log(`  floor  ${floor.rate.toFixed(0).padStart(6)} objects/s   ${floor.seconds.toFixed(2)} s`);
console.log(
  `  Pawl   ${pawl.rate.toFixed(0).padStart(6)} objects/s   ${pawl.seconds.toFixed(2)} s, start of the process included`,
);
console.log(
  `  ratio  ${ratio.toFixed(2).padStart(6)}             ${writesPerObject.toFixed(2)} API writes an object, ${rssMiB.toFixed(0)} MiB resident`,
);
if (values.json) {
  const flat = {
    bench: 'backlog',
    n: count,
    bytes,
    rate: pawl.rate,
    floor: floor.rate,
    ratio,
    rssMiB,
    writesPerObject,
  };
  console.log(JSON.stringify({ ...flat, machine }));
}
