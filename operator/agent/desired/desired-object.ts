import type { KubeObject } from '../../kube/port.ts';

/** An object as the operator wants it: exactly the fields it owns, nothing the server fills in. */
export type DesiredObject = KubeObject & Readonly<Record<string, unknown>>;
