/** The API group and version every resource of this project belongs to. The only place they are written. */
export const GROUP = 'durableagents.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** `kubectl get durable` lists every kind of the project. */
export const CATEGORY = 'durable';
