/** Environment: PORT (default 8080), API_KEY (none: no key is asked for), LATENCY_MILLISECONDS (default 0). */
import { createScriptedModel } from './server.ts';

const apiKey = process.env['API_KEY'];
const latencyMilliseconds = Number(process.env['LATENCY_MILLISECONDS'] ?? 0);
if (!Number.isInteger(latencyMilliseconds) || latencyMilliseconds < 0) {
  console.error('LATENCY_MILLISECONDS must be a whole number of at least 0.');
  process.exit(1);
}

const server = createScriptedModel({ latencyMilliseconds, ...(apiKey === undefined ? {} : { apiKey }) });
server.listen(Number(process.env['PORT'] ?? 8080), () =>
  console.log(JSON.stringify({ message: 'listening' })),
);
// Node as process 1 of a container has no default handling of SIGTERM.
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
