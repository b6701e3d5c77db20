/** `npm run quickstart`. Exit code 0 only when everything it shows was so. Can be interrupted and run again at any point. */
import { ClusterError } from './cluster.ts';
import { parseQuickstartArguments, usage, type Arguments } from './quickstart/arguments.ts';
import { createProgress, seconds } from './quickstart/progress.ts';
import { runQuickstart } from './quickstart/run.ts';

const started = Date.now();

process.on('SIGINT', () => {
  console.log('\nInterrupted. Nothing needs cleaning up: run it again and it goes on from what is there.');
  process.exit(130);
});

async function main(options: Arguments): Promise<void> {
  if (options.kind === 'help') {
    console.log(usage);
    return;
  }
  await runQuickstart(options, createProgress());
  console.log(`\nquickstart: ${seconds(Date.now() - started)}`);
}

try {
  await main(parseQuickstartArguments(process.argv.slice(2)));
  // Forwards and sockets of libraries must not keep a finished command alive.
  process.exit(0);
} catch (error) {
  console.error(
    `\n${error instanceof ClusterError ? error.message : String(error instanceof Error ? error.stack : error)}`,
  );
  process.exit(1);
}
