import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collection } from '../support/kube.ts';
import { signalPod } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { prove } from '../support/ledger.ts';
import { agentManifest } from '../support/manifests.ts';
import { Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('leader');
  await suite.script({ id: 'leader', turns: [{ content: 'done' }] });
});
afterAll(async () => {
  await suite?.scaleOperator(1);
  await suite?.stop();
});

async function leader(): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/durable-agents-operator`;
  const lease = await suite.kube.get<{ spec: { holderIdentity?: string } }>(path);
  return lease?.spec.holderIdentity ?? '';
}

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly name?: string };
  readonly user: { readonly extra?: Readonly<Record<string, readonly string[]>> };
}

/** Writes of one pod since `from`, from the API server's own audit log: the token of a pod names the pod. */
async function writesOf(pod: string, from: number): Promise<readonly string[]> {
  const writes: string[] = [];
  for await (const line of createInterface(createReadStream(suite.cluster.auditLog))) {
    if (!line.includes(pod)) continue;
    const { verb, requestReceivedTimestamp, objectRef, user } = JSON.parse(line) as AuditEvent;
    const caller = user.extra?.['authentication.kubernetes.io/pod-name']?.[0];
    if (caller !== pod || Date.parse(requestReceivedTimestamp) < from) continue;
    if (['get', 'list', 'watch'].includes(verb)) continue;
    writes.push(`${verb} ${objectRef?.resource} ${objectRef?.namespace}/${objectRef?.name}`);
  }
  return writes;
}

test('a leader that was stopped and comes back writes nothing; the other has taken over', () =>
  prove(
    {
      id: 'one-writer',
      promise:
        'Of two operators one writes: a leader that was frozen and continued never writes again as one.',
      test: 'test/cluster/leader.test.ts',
    },
    async (figures) => {
      await suite.scaleOperator(2);
      const first = await leader();
      const pods = await suite.operatorPods();
      const frozen = pods.find(({ metadata }) => metadata.name === first);
      expect(frozen).toBeDefined();
      await suite.create(agentManifest({ name: 'busy', script: 'leader', worldURL: suite.cluster.worldURL }));
      await suite.agentReady('busy');

      // Frozen in the middle of work: the edit is not yet carried out, and waits for whoever leads.
      await suite.kube.patch(`${collection(suite.namespace, 'durableagents')}/busy`, {
        spec: { worker: { replicas: 2 } },
      });
      signalPod(frozen?.metadata.uid ?? '', 'SIGSTOP');
      const frozenAt = Date.now();
      const second = await eventually(
        'another leader',
        async () => {
          const now = await leader();
          return now !== first && now !== '' ? now : undefined;
        },
        { timeoutMs: 40_000 },
      );
      figures['takeoverSeconds'] = (Date.now() - frozenAt) / 1_000;
      await suite.agentWhen('two workers', 'busy', ({ status }) => status?.readyReplicas === 2);

      const continuedAt = Date.now();
      signalPod(frozen?.metadata.uid ?? '', 'SIGCONT');
      await suite.kube.patch(`${collection(suite.namespace, 'durableagents')}/busy`, {
        spec: { worker: { replicas: 1 } },
      });
      await suite.agentWhen('one worker', 'busy', ({ status }) => status?.replicas === 1);
      // Long enough for everything the frozen one had in hand to have been sent.
      await sleep(5_000);
      const stale = await writesOf(first, continuedAt);
      figures['writesOfTheDeposed'] = stale.length;
      expect(stale).toEqual([]);
      expect(await leader()).toBe(second);
      expect((await writesOf(second, frozenAt)).length).toBeGreaterThan(0);
      expect(figures['takeoverSeconds']).toBeLessThanOrEqual(20);

      // A clean stop hands the lease over at once.
      const stoppedAt = Date.now();
      await suite.kube.delete(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${second}`);
      await eventually(
        'the next leader',
        async () => ((await leader()) !== second && (await leader()) !== '' ? true : undefined),
        { intervalMs: 50 },
      );
      figures['handoverSeconds'] = (Date.now() - stoppedAt) / 1_000;
      expect(figures['handoverSeconds']).toBeLessThanOrEqual(5);
    },
  ));
