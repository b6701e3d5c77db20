import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentRunStatus, MAX_OUTPUT_BYTES, type AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import { TemporalError, type AnswerOutcome, type RunOutcome, type RunStatus } from '../temporal/port.ts';
import {
  after,
  agentRun,
  description,
  NOTHING_DONE,
  observed,
  question,
  state,
  T0,
} from './observed-fixtures.ts';
import type { ObservedRun } from './observed.ts';
import { runStatus } from './status.ts';
import { runTransitions } from './transitions.ts';

const usage = { inputTokens: 10, outputTokens: 20 };
const open = (more: Parameters<typeof state>[0] = {}) =>
  ({ kind: 'open', description: description(), state: state(more) }) as const;
const closed = (status: RunStatus, outcome: RunOutcome) =>
  ({ kind: 'closed', description: description({ status, closeTime: after(9) }), outcome }) as const;
const done = closed('Completed', { kind: 'completed', result: { output: 'done', turns: 2, usage } });
const failed = (status: RunStatus, type: string) => closed(status, { kind: 'failed', type, message: 'why' });

const status = (change: Partial<ObservedRun>, executed = NOTHING_DONE, now = T0) =>
  runStatus(observed(change), executed, now);
const brief = ({ phase, conditions }: AgentRunStatus) =>
  [phase, ...(conditions ?? []).map((entry) => `${entry.type}=${entry.status}/${entry.reason}`)].join(' ');
const running = status({ temporal: open() });
const waiting = status({ temporal: open({ phase: 'Waiting', waiting: [question('1/1')] }) });
const away = { kind: 'unavailable', message: 'no answer', retry: true } as const;

describe('runStatus', () => {
  it.each<[Partial<ObservedRun>, string]>([
    [{ agent: { kind: 'missing' }, temporal: { kind: 'notAsked' } }, 'Pending Started=False/AgentNotFound'],
    [{ agent: { kind: 'deleting', taskQueue: undefined } }, 'Pending Started=False/AgentDeleting'],
    [{ agent: { kind: 'notReady', message: 'x' } }, 'Pending Started=False/AgentNotReady'],
    [{ temporal: away }, 'Pending Started=Unknown/TemporalUnreachable'],
    [{ temporal: { kind: 'foreign', message: 'x' } }, 'Pending Started=False/WorkflowMismatch'],
    [{ temporal: open() }, 'Running Started=True/Running Completed=False/Running Waiting=False/NotWaiting'],
    [
      { temporal: open({ waiting: [question('1/1')] }) },
      'Waiting Started=True/Running Completed=False/Running Waiting=True/QuestionPending',
    ],
    [{ temporal: done }, 'Succeeded Started=True/Running Completed=True/Succeeded Waiting=False/NotWaiting'],
    [
      { temporal: failed('Failed', 'ModelCallFailed') },
      'Failed Started=True/Running Completed=True/Failed Waiting=False/NotWaiting',
    ],
    [
      { temporal: failed('Canceled', 'Canceled') },
      'Canceled Started=True/Running Completed=True/Canceled Waiting=False/NotWaiting',
    ],
    [
      { temporal: failed('Terminated', 'Terminated') },
      'Terminated Started=True/Running Completed=True/Terminated Waiting=False/NotWaiting',
    ],
    [
      { temporal: failed('TimedOut', 'Timeout') },
      'TimedOut Started=True/Running Completed=True/TimedOut Waiting=False/NotWaiting',
    ],
    [{ run: agentRun({ cancel: true }) }, 'Canceled Started=False/Canceled Completed=True/Canceled'],
    [
      { status: running, temporal: { kind: 'none' } },
      'Failed Started=True/Running Completed=True/HistoryGone Waiting=False/NotWaiting',
    ],
    [
      { status: waiting, temporal: away },
      'Waiting Started=True/TemporalUnreachable Completed=False/Running Waiting=True/QuestionPending',
    ],
    [
      { status: running, temporal: { kind: 'none' }, agent: { kind: 'missing' } },
      'Running Started=True/TemporalUnreachable Completed=False/Running Waiting=False/NotWaiting',
    ],
  ])('%# %s', (change, expected) => {
    const result = status(change);
    expect(brief(result)).toBe(expected);
    expect(agentRunStatus.safeParse(result).error).toBeUndefined();
    // Looking again at the same world changes nothing: no status write.
    expect(status({ ...change, status: result }, NOTHING_DONE, after(60))).toEqual(
      change.status === undefined || result.completionTime !== undefined ? result : status(change),
    );
  });

  it('reports version, turns, usage, output and times', () => {
    expect(status({ temporal: done, status: running })).toMatchObject({
      workflowID: 'team-a/run/u1',
      runID: 'r1',
      version: 'b1',
      startTime: T0.toISOString(),
      completionTime: after(9).toISOString(),
      turns: 2,
      usage,
      output: 'done',
    });
    expect(status({ temporal: failed('Failed', 'LimitExceeded'), status: running })).toMatchObject({
      failure: { type: 'LimitExceeded', message: 'why' },
      turns: 1,
    });
  });

  it('keeps what was known while no worker answers', () => {
    const silent = { kind: 'open', description: description(), state: undefined } as const;
    expect(status({ status: waiting, temporal: silent })).toEqual(waiting);
  });

  it('takes an answered question away at once, and says why one was refused', () => {
    const answered = { answer: 'a', outcome: { kind: 'accepted' } } as const;
    const refused = { answer: 'b', outcome: { kind: 'rejected', message: 'too short' } } as const;
    const temporal = open({ waiting: [question('1/1'), question('1/2')] });
    const result = status(
      { temporal },
      {
        ...NOTHING_DONE,
        answers: new Map<string, { answer: string; outcome: AnswerOutcome }>([
          ['1/1', answered],
          ['1/2', refused],
        ]),
      },
    );
    expect(result.waiting?.map(({ id }) => id)).toEqual(['1/2']);
    expect(result.conditions?.find(({ type }) => type === 'Waiting')?.message).toContain('too short');
  });

  it('is final once recorded, whatever becomes of agent and Temporal', () => {
    const recorded = status({ temporal: done });
    for (const temporal of [away, { kind: 'none' }, open()] as const) {
      expect(
        status({ status: recorded, temporal, agent: { kind: 'missing' } }, NOTHING_DONE, after(99)),
      ).toBe(recorded);
    }
  });

  it('says that a start failed', () => {
    const failure = new TemporalError('Unauthorized', 'refused');
    expect(brief(status({}, { ...NOTHING_DONE, failure }))).toBe(
      'Pending Started=Unknown/TemporalUnreachable',
    );
  });

  it('fits the schema whatever a run says', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 50 })
      .chain((part) => fc.nat(2_000).map((times) => part.repeat(times)));
    fc.assert(
      fc.property(text, text, (output, prompt) => {
        const result = status({
          temporal: closed('Completed', { kind: 'completed', result: { output, turns: 1, usage } }),
        });
        expect(Buffer.byteLength(result.output ?? '')).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
        expect(result.outputTruncated).toBe(result.output === output ? undefined : true);
        const many = Array.from({ length: 300 }, (_, index) => question(`1/${index}`, prompt));
        const asked = status({ temporal: open({ waiting: many }) });
        const failure = status({
          temporal: closed('Failed', { kind: 'failed', type: output, message: prompt }),
        });
        for (const entry of [result, asked, failure])
          expect(agentRunStatus.safeParse(entry).error).toBeUndefined();
        expect(Buffer.byteLength(JSON.stringify(asked.waiting))).toBeLessThan(1_400_000);
      }),
      { numRuns: 30 },
    );
  });
});

describe('runTransitions', () => {
  const reasons = (before: AgentRunStatus, next: AgentRunStatus) =>
    runTransitions(before, next).map(({ reason }) => reason);
  const more = status({ temporal: open({ waiting: [question('1/1'), question('2/1')] }) });

  it.each([
    ['first sight of an open run', {}, running, ['RunStarted']],
    ['nothing new', running, running, []],
    ['a question', running, waiting, ['QuestionPending']],
    ['a second question', waiting, more, ['QuestionPending']],
    ['an answered question', more, waiting, []],
    ['an outage', running, status({ status: running, temporal: away }), []],
    ['the end of an outage', status({ status: running, temporal: away }), running, []],
    ['success', running, status({ temporal: done }), ['RunCompleted']],
    ['over before it was seen', {}, status({ temporal: done }), ['RunStarted', 'RunCompleted']],
    ['failure', running, status({ temporal: failed('Failed', 'x') }), ['RunFailed']],
    ['cancelled', running, status({ temporal: failed('Canceled', 'Canceled') }), ['RunCompleted']],
  ] as const)('%s', (_name, before, next, expected) => {
    expect(reasons(before, next)).toEqual(expected);
  });
});
