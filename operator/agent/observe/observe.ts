import { parseDurableAgent } from '../../../crds/v1alpha1/parse.ts';
import type { TemporalClient } from '../../temporal/port.ts';
import { violationsOf } from './checks.ts';
import { readConnection } from './connection.ts';
import { identityOf, statusOf, temporalFieldsOf, type AgentObject } from '../identity.ts';
import { knownImages, liveVersions } from './live-versions.ts';
import type { Observed, Violation } from '../observed.ts';
import type { AgentPorts } from '../ports.ts';
import { queueHolder } from './queue-holder.ts';
import { referencesOf } from './references.ts';
import { readOnce, resolveReferences } from './resolve-references.ts';
import { targetOf } from './target.ts';
import { readTemporal, withoutTemporal } from './temporal-view.ts';

export interface Observation {
  readonly observed: Observed;
  /** For the writes of the pass; undefined when the way to Temporal is missing. */
  readonly temporal: TemporalClient | undefined;
}

/** All reads of a pass. Fails as KubeClient.get does; whatever is wrong with spec, references or Temporal is a value. */
export async function observe(ports: AgentPorts, object: AgentObject): Promise<Observation> {
  const { stores, settings } = ports;
  const agent = identityOf(object);
  const previous = statusOf(object);
  const { connectionName, customTaskQueue, taskQueue } = temporalFieldsOf(object);
  const kube = readOnce(ports.kube);

  const { spec, objections } = parse(object);
  const references = await resolveReferences(
    kube,
    agent.namespace,
    spec === undefined ? [] : referencesOf(spec),
  );
  const connection = await readConnection({
    kube,
    connections: stores.connections,
    namespace: agent.namespace,
    name: connectionName,
    defaultTemporal: settings.defaultTemporal,
  });
  const missing = [...references.missing, ...(connection.kind === 'missing' ? [connection.missing] : [])];

  const live = liveVersions(stores, agent);
  const wanted =
    spec === undefined || missing.length > 0
      ? undefined
      : targetOf({
          agent,
          spec,
          text: references.text,
          known: knownImages(live),
          preferredBuildID: previous.currentVersion,
          defaultWorkerImage: settings.defaultWorkerImage,
        });
  const instructionsFrom = spec?.instructionsFrom?.configMapKeyRef;
  const violations =
    spec === undefined
      ? objections
      : violationsOf({
          namespace: agent.namespace,
          spec,
          customTaskQueue,
          taskQueue,
          queueHolder: queueHolder(object, stores.agents.list()),
          instructions: instructionsFrom === undefined ? undefined : references.text(instructionsFrom),
          snapshotText: wanted?.text,
        });
  const target = violations.length > 0 ? undefined : wanted;

  const temporal = connection.kind === 'missing' ? undefined : ports.temporal.for(connection.settings);
  const view =
    temporal === undefined
      ? withoutTemporal(live, 'Blocked', 'the way to it is missing: see ReferencesResolved')
      : await readTemporal({ client: temporal, agent, taskQueue, live, target });
  const revisions = [...references.revisions, ...(connection.kind === 'missing' ? [] : connection.revisions)];
  const observed: Observed = {
    agent,
    previous,
    taskQueue,
    spec,
    violations,
    missing,
    connection: connection.kind === 'missing' ? undefined : connection.worker,
    revisions: [...new Set(revisions)].toSorted(),
    target,
    ...view,
    pending: ports.samples.latest({ namespace: agent.namespace, name: agent.name })?.pending,
  };
  return { observed, temporal };
}

/** The status is left out: one written by another operator must not make the spec look wrong. */
function parse({ apiVersion, kind, metadata, spec }: AgentObject): {
  readonly spec: Observed['spec'];
  readonly objections: readonly Violation[];
} {
  const parsed = parseDurableAgent({ apiVersion, kind, metadata, spec });
  if (parsed.ok) return { spec: parsed.value.spec, objections: [] };
  return {
    spec: undefined,
    objections: parsed.issues.map(({ path, message }) => ({
      reason: 'InvalidSpec',
      message: `${path}: ${message}`,
    })),
  };
}
