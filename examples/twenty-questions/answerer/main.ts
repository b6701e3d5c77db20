/** Environment: THING (default: one chosen by SEED), SEED (default 7), PORT (default 8080). */
import { THINGS } from '../world.ts';
import { createAnswerer } from './server.ts';

const seed = Number(process.env['SEED'] ?? 7);
const things = [...THINGS.keys()];
const thing = process.env['THING'] ?? things[Math.abs(Math.trunc(seed)) % things.length];
if (thing === undefined || !THINGS.has(thing)) {
  console.error(
    `THING or SEED names nothing known. THING is one of: ${things.join(', ')}; SEED is a whole number.`,
  );
  process.exit(1);
}

const server = createAnswerer({ thing, seed, onEntry: (entry) => console.log(JSON.stringify(entry)) });
server.listen(Number(process.env['PORT'] ?? 8080), () =>
  console.log(JSON.stringify({ message: 'listening', seed })),
);
// Node as process 1 of a container has no default handling of SIGTERM.
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
