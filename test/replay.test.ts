/**
 * Runs of earlier days replayed on the workflow code of today: an edit that would break a run in flight fails here.
 * Record new ones with `RECORD_HISTORIES=1 npx vitest run --project integration test/integration/workflow.test.ts`, and
 * keep the old: a worker image must replay what its own release began.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporal } from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('replay/histories/', import.meta.url));
const WORKFLOW = fileURLToPath(new URL('../worker-image/workflows/durable-agent.ts', import.meta.url));
const recorded = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

/** The ids of tool calls hold the workflow's, so a history replays only under its own. */
function load(file: string): { readonly workflowId: string; readonly history: unknown } {
  const recorded = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as {
    workflowId: string;
    history: string;
  };
  const history = temporal.api.history.v1.History.decode(Buffer.from(recorded.history, 'base64'));
  return { workflowId: recorded.workflowId, history };
}

let code: string;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
  ({ code } = await bundleWorkflowCode({ workflowsPath: WORKFLOW, logger: new DefaultLogger('ERROR') }));
}, 60_000);

const ignored = { fn: () => undefined };

function replay(bundle: string, file: string): Promise<void> {
  const { workflowId, history } = load(file);
  return Worker.runReplayHistory(
    {
      workflowBundle: { code: bundle },
      sinks: { run: { ended: ignored, toolCalled: ignored, waited: ignored } },
    },
    history,
    workflowId,
  );
}

test('there is something to replay', () => expect(recorded.length).toBeGreaterThanOrEqual(8));

test.each(recorded)('%s replays', (file) => expect(replay(code, file)).resolves.toBeUndefined());

/** Edits that change what a run does next: each must be caught by at least one history. */
test.each([
  ['a step more at the beginning', 'await loadPlan()', '(await loadPlan(), await loadPlan())'],
  ['another activity type for the model', "MODEL_ACTIVITY = 'callModel'", "MODEL_ACTIVITY = 'callModelNow'"],
  ['tool calls one turn earlier given up', 'MAX_CALLS_PER_TURN = 128', 'MAX_CALLS_PER_TURN = 1'],
])('a run in flight is protected from %s', async (_name, before, after) => {
  expect(code.split(before).length, `${before} is in the bundle once`).toBe(2);
  const edited = code.replace(before, after);
  const outcomes = await Promise.allSettled(recorded.map((file) => replay(edited, file)));
  expect(outcomes.filter((outcome) => outcome.status === 'rejected').length).toBeGreaterThan(0);
});
