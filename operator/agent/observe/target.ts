import { extname } from 'node:path';
import type { DurableAgentSpec } from '../../../crds/v1alpha1/durable-agent.ts';
import {
  behaviourOf,
  buildIDOf,
  canonicalJSON,
  SNAPSHOT_EPOCH,
  type Snapshot,
} from '../../../crds/v1alpha1/snapshot.ts';
import type { AgentIdentity } from '../identity.ts';
import { pinnedImage, type KnownImage } from './pinned-image.ts';
import type { ResolvedReferences } from './resolve-references.ts';

/** The version the spec asks for. */
export interface Target {
  readonly buildID: string;
  readonly behaviour: string;
  /** Canonical JSON of the snapshot: what the worker mounts. */
  readonly text: string;
  readonly snapshot: Snapshot;
}

/** The schema's default; `limits` itself is optional, so it is not filled in by the parser. */
const DEFAULT_MAX_TURNS = 50;

/** Compiles a spec into a version. Every ConfigMap it names must be resolved. */
export function targetOf(input: {
  readonly agent: AgentIdentity;
  readonly spec: DurableAgentSpec;
  readonly text: ResolvedReferences['text'];
  readonly known: readonly KnownImage[];
  readonly preferredBuildID: string | undefined;
  readonly defaultWorkerImage: string;
}): Target {
  const { agent, spec, known, preferredBuildID, defaultWorkerImage } = input;
  const draft = snapshotOf(agent, spec, input.text);
  const behaviour = behaviourOf(draft);
  const image =
    spec.worker?.image ??
    (spec.worker?.imagePolicy === 'Follow'
      ? defaultWorkerImage
      : (pinnedImage(known, behaviour, preferredBuildID) ?? defaultWorkerImage));
  const snapshot = { ...draft, image };
  return { buildID: buildIDOf(snapshot), behaviour, text: canonicalJSON(snapshot), snapshot };
}

function snapshotOf(
  agent: AgentIdentity,
  spec: DurableAgentSpec,
  text: ResolvedReferences['text'],
): Snapshot {
  const tools = spec.tools ?? [];
  return {
    epoch: SNAPSHOT_EPOCH,
    namespace: agent.namespace,
    agent: agent.name,
    image: '',
    instructions:
      spec.instructionsFrom === undefined
        ? (spec.instructions ?? '')
        : (text(spec.instructionsFrom.configMapKeyRef) ?? ''),
    model: spec.model,
    tools,
    modules: Object.fromEntries(
      tools.flatMap(({ name, module }) => {
        const reference = module?.configMapKeyRef;
        const source = reference === undefined ? undefined : text(reference);
        return reference === undefined || source === undefined
          ? []
          : [[name, { file: `${name}${extname(reference.key)}`, source }] as const];
      }),
    ),
    limits: { maxTurns: spec.limits?.maxTurns ?? DEFAULT_MAX_TURNS },
  };
}
