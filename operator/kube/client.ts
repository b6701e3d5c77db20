import { FIELD_MANAGER } from '../../crds/v1alpha1/contract.ts';
import { RetryableError } from '../errors.ts';
import {
  KubeError,
  type KubeClient,
  type KubeObject,
  type ListOptions,
  type ObjectKey,
  type ResourceType,
} from './port.ts';
import { apiVersionOf, collectionPath, describeObject, objectPath } from './resource-path.ts';
import type { Call, Transport } from './transport.ts';
import { linesOf, watchEventOf } from './watch-stream.ts';

const READ_TIMEOUT_MS = 10_000;
const LIST_TIMEOUT_MS = 60_000;
/**
 * Also told to the server (`timeout=`), which then gives up too: a write that leaves 10 s after the lease was renewed
 * is over when the lease ends after 15 s, and no successor can be writing yet (engine/lease.ts).
 */
const WRITE_TIMEOUT_MS = 5_000;

const PAGE_SIZE = 500;
/** The server ends a watch after this long, spread so that a fleet of watches does not come back all at once. */
const WATCH_SECONDS = { least: 300, spread: 300 };
/** Bookmarks come about every minute. A silent stream is a dead connection that nobody closed. */
const WATCH_SILENCE_MS = 150_000;

const APPLY = 'application/apply-patch+yaml';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

interface ListPage<T> {
  readonly items?: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

export interface Timeouts {
  readonly readMs: number;
  readonly writeMs: number;
}

/** `guard` throws a RetryableError when this process may not write; it is asked right before every write is sent. */
export function makeKubeClient(
  transport: Transport,
  guard: () => void,
  { readMs, writeMs }: Timeouts = { readMs: READ_TIMEOUT_MS, writeMs: WRITE_TIMEOUT_MS },
): KubeClient {
  const write = (call: Omit<Call, 'timeoutMs' | 'guard'>): Promise<unknown> =>
    transport.send({
      ...call,
      query: { ...call.query, timeout: `${writeMs / 1_000}s` },
      timeoutMs: writeMs,
      guard,
    });

  const applyTo = (type: ResourceType, object: KubeObject, subresource?: 'status'): Promise<unknown> => {
    const key = keyOf(object);
    return write({
      what: `apply ${subresource === undefined ? '' : `${subresource} of `}${describeObject(type, key)}`,
      method: 'PATCH',
      path: objectPath(type, key, subresource),
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      // JSON is YAML, and the only content type 1.36 accepts for an apply in JSON clothes.
      body: { contentType: APPLY, value: object },
    });
  };

  return {
    get: async <T extends KubeObject>(type: ResourceType, key: ObjectKey) => {
      const call = {
        what: `read ${describeObject(type, key)}`,
        method: 'GET',
        path: objectPath(type, key),
        timeoutMs: readMs,
      } as const;
      return (await orGone(transport.send(call))) as T | undefined;
    },

    list: async <T extends KubeObject>(type: ResourceType, options: ListOptions = {}) => {
      const items: T[] = [];
      let token: string | undefined;
      for (;;) {
        const page = (await transport.send({
          what: `list ${type.plural}`,
          method: 'GET',
          path: collectionPath(type, options.namespace),
          query: {
            limit: String(PAGE_SIZE),
            ...selector(options),
            ...(token === undefined ? {} : { continue: token }),
          },
          ...(options.metadataOnly === true ? { accept: METADATA_LIST } : {}),
          timeoutMs: LIST_TIMEOUT_MS,
        })) as ListPage<T>;
        // Items of a list come without apiVersion and kind (metadata-only ones as PartialObjectMetadata).
        for (const item of page.items ?? []) items.push(withKind(type, item));
        token = page.metadata.continue;
        if (token === undefined || token === '')
          return { items, resourceVersion: page.metadata.resourceVersion };
      }
    },

    watch: async function* <T extends KubeObject>(
      type: ResourceType,
      options: ListOptions & { readonly resourceVersion: string; readonly signal: AbortSignal },
    ) {
      const what = `watch ${type.plural}`;
      const seconds = WATCH_SECONDS.least + Math.floor(Math.random() * WATCH_SECONDS.spread);
      const response = await transport.open({
        what,
        method: 'GET',
        path: collectionPath(type, options.namespace),
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: options.resourceVersion,
          timeoutSeconds: String(seconds),
          ...selector(options),
        },
        ...(options.metadataOnly === true ? { accept: METADATA } : {}),
        timeoutMs: readMs,
        signal: options.signal,
      });
      const stop = (): void => void response.destroy();
      const silence = setTimeout(() => response.destroy(new Error('silent')), WATCH_SILENCE_MS);
      options.signal.addEventListener('abort', stop, { once: true });
      if (options.signal.aborted) stop();
      try {
        for await (const line of linesOf(heard(response, () => void silence.refresh()))) {
          const event = watchEventOf<T>(what, line);
          if (event === undefined) continue;
          yield event.type === 'BOOKMARK'
            ? event
            : { type: event.type, object: withKind(type, event.object) };
        }
      } catch (error) {
        if (error instanceof KubeError || error instanceof RetryableError) throw error;
        if (!options.signal.aborted) throw new RetryableError(`cannot ${what}: the stream broke`);
      } finally {
        clearTimeout(silence);
        options.signal.removeEventListener('abort', stop);
        response.destroy();
      }
    },

    apply: async <T extends KubeObject>(type: ResourceType, object: KubeObject) =>
      (await applyTo(type, object)) as T,

    applyStatus: async (type, object) => {
      await orGone(applyTo(type, object, 'status'));
    },

    setFinalizers: async (type, key, finalizers, precondition) => {
      const { uid, resourceVersion } = precondition;
      const call = write({
        what: `set the finalizers of ${describeObject(type, key)}`,
        method: 'PATCH',
        path: objectPath(type, key),
        query: { fieldManager: FIELD_MANAGER },
        // In a merge patch both are preconditions; a list is replaced as a whole, which is why resourceVersion is needed.
        body: {
          contentType: 'application/merge-patch+json',
          value: { metadata: { uid, resourceVersion, finalizers } },
        },
      });
      try {
        await orGone(call);
      } catch (error) {
        // Another object of that name: 1.36 calls the uid an immutable field (422) instead of a failed precondition.
        if (
          error instanceof KubeError &&
          error.reason === 'Invalid' &&
          error.message.includes('metadata.uid')
        ) {
          throw new KubeError(
            'Conflict',
            `cannot set the finalizers of ${describeObject(type, key)}: it was deleted and made again`,
          );
        }
        throw error;
      }
    },

    delete: async (type, key, preconditions) => {
      const call = write({
        what: `delete ${describeObject(type, key)}`,
        method: 'DELETE',
        path: objectPath(type, key),
        body: {
          contentType: 'application/json',
          value: {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            propagationPolicy: 'Background',
            preconditions,
          },
        },
      });
      await orGone(call);
    },

    create: async <T extends KubeObject>(type: ResourceType, object: KubeObject) => {
      const key = keyOf(object);
      return (await write({
        what: `create ${describeObject(type, key)}`,
        method: 'POST',
        path: collectionPath(type, key.namespace),
        query: { fieldManager: FIELD_MANAGER },
        body: { contentType: 'application/json', value: object },
      })) as T;
    },

    replace: async <T extends KubeObject>(type: ResourceType, object: KubeObject) => {
      const key = keyOf(object);
      return (await write({
        what: `replace ${describeObject(type, key)}`,
        method: 'PUT',
        path: objectPath(type, key),
        query: { fieldManager: FIELD_MANAGER },
        body: { contentType: 'application/json', value: object },
      })) as T;
    },
  };
}

function keyOf(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata;
  if (namespace === undefined) throw new Error(`${object.kind} ${name} has no namespace`);
  return { namespace, name };
}

function selector(options: ListOptions): Readonly<Record<string, string>> {
  return options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector };
}

function withKind<T extends KubeObject>(type: ResourceType, object: T): T {
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
}

async function* heard(chunks: AsyncIterable<Buffer>, onChunk: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onChunk();
    yield chunk;
  }
}

async function orGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}
