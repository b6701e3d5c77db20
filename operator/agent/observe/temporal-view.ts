import { workerDeploymentName } from '../../../crds/v1alpha1/contract.ts';
import { TemporalError, type TemporalClient } from '../../temporal/port.ts';
import type { AgentIdentity } from '../identity.ts';
import { unseenVersion, type LiveVersion } from './live-versions.ts';
import type { ObservedVersion, TemporalView } from '../observed.ts';
import type { Target } from './target.ts';

interface Read {
  readonly temporal: TemporalView;
  readonly versions: readonly ObservedVersion[];
}

/** What Temporal says of the agent and of each version. No answer to one question is no answer to any. */
export async function readTemporal(input: {
  readonly client: TemporalClient;
  readonly agent: AgentIdentity;
  readonly taskQueue: string;
  readonly live: readonly LiveVersion[];
  readonly target: Target | undefined;
}): Promise<Read> {
  try {
    return await ask(input);
  } catch (error) {
    if (!(error instanceof TemporalError)) throw error;
    return withoutTemporal(input.live, reasonOf(error), error.message);
  }
}

/** The versions Kubernetes knows, with nothing said about their runs. */
export function withoutTemporal(
  live: readonly LiveVersion[],
  reason: Extract<TemporalView, { kind: 'unknown' }>['reason'],
  message: string,
): Read {
  return {
    temporal: { kind: 'unknown', reason, message },
    versions: live.map((version) => ({ ...version, temporal: undefined, openRuns: undefined })),
  };
}

async function ask({
  client,
  agent,
  taskQueue,
  live,
  target,
}: Parameters<typeof readTemporal>[0]): Promise<Read> {
  const deploymentName = workerDeploymentName(agent.namespace, agent.name);
  const deployment = await client.describeWorkerDeployment(deploymentName);
  const registered = new Map(deployment?.versions.map((version) => [version.buildID, version]));
  const known = new Map(live.map((version) => [version.buildID, version]));
  const buildIDs = [...new Set([...known.keys(), ...registered.keys()])].toSorted();

  // Temporal is asked for pollers only when there can be some and the answer decides something.
  const mayBecomeCurrent =
    target !== undefined &&
    deployment?.currentBuildID !== target.buildID &&
    registered.has(target.buildID) &&
    (known.get(target.buildID)?.workers.ready ?? 0) > 0;

  const [openRuns, targetPolls, counts] = await Promise.all([
    client.countOpenRuns(taskQueue),
    mayBecomeCurrent
      ? client.hasPollers({ deploymentName, buildID: target.buildID, taskQueue })
      : Promise.resolve(false),
    Promise.all(buildIDs.map((buildID) => client.countOpenRunsOfVersion({ deploymentName, buildID }))),
  ]);
  return {
    temporal: { kind: 'known', deployment, openRuns, targetPolls },
    versions: buildIDs.map((buildID, index) => ({
      ...(known.get(buildID) ?? unseenVersion(buildID)),
      temporal: registered.get(buildID),
      openRuns: counts[index],
    })),
  };
}

function reasonOf({ reason }: TemporalError) {
  switch (reason) {
    case 'Unauthorized':
    case 'TemporalNamespaceNotFound':
    case 'VersioningUnsupported':
      return reason;
    case 'Unreachable':
    // Answers to writes; none is made here.
    case 'Conflict':
    case 'Refused':
      return 'Unreachable';
  }
}
