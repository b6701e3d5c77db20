import { temporalFieldsOf, type AgentObject } from '../identity.ts';

/** The older agent that has the same task queue, as `namespace/name`; undefined when this one may have it. */
export function queueHolder(self: AgentObject, agents: readonly AgentObject[]): string | undefined {
  const { taskQueue } = temporalFieldsOf(self);
  return agents
    .filter((other) => other.metadata.uid !== self.metadata.uid)
    .filter((other) => temporalFieldsOf(other).taskQueue === taskQueue && isOlder(other, self))
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
    .toSorted()[0];
}

/** By creation, then by name: timestamps have seconds only. */
function isOlder(a: AgentObject, b: AgentObject): boolean {
  const createdA = a.metadata.creationTimestamp ?? '';
  const createdB = b.metadata.creationTimestamp ?? '';
  if (createdA !== createdB) return createdA < createdB;
  return nameOf(a) < nameOf(b);
}

function nameOf({ metadata }: AgentObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
