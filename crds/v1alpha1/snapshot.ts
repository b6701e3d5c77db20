import { createHash } from 'node:crypto';
import { z } from 'zod';
import { model } from './model.ts';
import { tool } from './tool.ts';

/** Changes only when the meaning of a snapshot changes. Part of the hash: a golden test freezes it. */
export const SNAPSHOT_EPOCH = 1;

/** Largest snapshot in bytes of UTF-8: a ConfigMap holds 1 MiB, its metadata included. */
export const MAX_SNAPSHOT_BYTES = 1_000_000;

/**
 * Everything that decides how a run behaves: the behaviour fields of the spec with their references resolved, and the
 * image. Immutable; its hash is the build ID. Secrets are in it by reference only.
 */
export const snapshot = z.strictObject({
  epoch: z.literal(SNAPSHOT_EPOCH),
  namespace: z.string(),
  agent: z.string(),
  image: z.string(),
  instructions: z.string(),
  model,
  tools: z.array(tool),
  /** Source of the module tools that come from a ConfigMap, by tool name. `file` keeps the extension: .ts or .js. */
  modules: z.record(z.string(), z.strictObject({ file: z.string(), source: z.string() })),
  limits: z.strictObject({ maxTurns: z.int().min(1) }),
});
export type Snapshot = z.infer<typeof snapshot>;

/** JSON with sorted keys and without undefined: equal values give equal bytes, whatever order they were written in. */
export function canonicalJSON(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    entry !== null && typeof entry === 'object' && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : entry,
  );
}

/** Build ID of a snapshot: the first 12 hex digits of the SHA-256 of its canonical JSON. */
export function buildIDOf(value: Snapshot): string {
  return shortHash(canonicalJSON(value));
}

/** Hash of a snapshot without its image, equal for versions that differ in the image only. */
export function behaviourOf(value: Snapshot): string {
  return shortHash(canonicalJSON({ ...value, image: '' }));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The text a worker mounts, and its check: throws when it is no snapshot or not the one `buildID` names. */
export function parseSnapshot(text: string, buildID: string): Snapshot {
  const parsed = snapshot.parse(JSON.parse(text));
  const actual = buildIDOf(parsed);
  if (actual !== buildID) {
    throw new Error(
      `snapshot has build ID ${actual}, this worker was started for ${buildID}: the ConfigMap was changed or mixed up`,
    );
  }
  return parsed;
}
