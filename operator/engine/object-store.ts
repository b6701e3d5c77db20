import type { KubeObject, ObjectKey } from '../kube/port.ts';
import type { Store } from './reconciler.ts';

/** Objects of one kind by namespace and name. Lists are sorted once per change, not once per reader. */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #sorted = new Map<string, readonly T[]>();

  get(key: ObjectKey): T | undefined {
    return this.#namespaces.get(key.namespace)?.get(key.name);
  }

  list(namespace?: string): readonly T[] {
    if (namespace === undefined)
      return [...this.#namespaces.keys()].toSorted(byText).flatMap((name) => this.list(name));
    const known = this.#sorted.get(namespace);
    if (known !== undefined) return known;
    const objects = [...(this.#namespaces.get(namespace)?.values() ?? [])];
    const sorted = objects.toSorted((a, b) => byText(a.metadata.name, b.metadata.name));
    if (objects.length > 0) this.#sorted.set(namespace, sorted);
    return sorted;
  }

  get size(): number {
    let sum = 0;
    for (const objects of this.#namespaces.values()) sum += objects.size;
    return sum;
  }

  set(object: T): void {
    const namespace = object.metadata.namespace ?? '';
    const objects = this.#namespaces.get(namespace) ?? new Map<string, T>();
    this.#namespaces.set(namespace, objects.set(object.metadata.name, object));
    this.#sorted.delete(namespace);
  }

  delete(key: ObjectKey): void {
    const objects = this.#namespaces.get(key.namespace);
    if (objects?.delete(key.name) !== true) return;
    this.#sorted.delete(key.namespace);
    if (objects.size === 0) this.#namespaces.delete(key.namespace);
  }
}

/** One store out of several that share no namespace: the namespaced mode has an informer per namespace. */
export function unionStore<T extends KubeObject>(stores: ReadonlyMap<string, Store<T>>): Store<T> {
  return {
    get: (key) => stores.get(key.namespace)?.get(key),
    list: (namespace) =>
      namespace === undefined
        ? [...stores.keys()].toSorted(byText).flatMap((name) => stores.get(name)?.list(name) ?? [])
        : (stores.get(namespace)?.list(namespace) ?? []),
  };
}

/** By code unit: the same order on every machine, unlike localeCompare. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
