/** `node raw-worker.ts ADDRESS QUEUE`: a bare SDK worker in a process of its own, as the agent's worker is. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';

const [address = '', taskQueue = ''] = process.argv.slice(2);
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('raw-loop.ts', import.meta.url)),
  activities: { nothing: async () => {} },
});
process.on('SIGTERM', () => worker.shutdown());
await worker.run();
