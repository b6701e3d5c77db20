import { readdirSync, readFileSync } from 'node:fs';
import { parseDocument, stringify } from 'yaml';

/**
 * A case of the corpus. The file has a header, then one manifest, or two: what is there and what it is updated to.
 *
 *     # Why the case exists.
 *     expect: accepted | refused
 *     field: spec.tools[0].name          the field that a refusal must name
 *     message: must consist of           a piece of what it must say, or {server, parser} where the two differ
 *     fill: {field, text, times}         sets a field to a long text, so that the file stays short
 *     ---
 *     apiVersion: …
 */
export interface CorpusCase {
  readonly name: string;
  readonly expect: 'accepted' | 'refused';
  readonly field: string;
  readonly message: { readonly server: string; readonly parser: string };
  /** YAML as a person would apply it. One, or old and new. */
  readonly manifests: readonly [string] | readonly [string, string];
}

interface Header {
  readonly expect: 'accepted' | 'refused';
  readonly field?: string;
  readonly message?: string | { readonly server: string; readonly parser: string };
  readonly fill?: { readonly field: string; readonly text: string; readonly times: number };
}

/** Every case, sorted by name. Throws when a file is not as described above. */
export function readCorpus(): readonly CorpusCase[] {
  const folder = new URL('.', import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => readCase(file.replace(/\.yaml$/, ''), readFileSync(new URL(file, folder), 'utf8')));
}

/** Kubernetes reads YAML 1.1: a bare `yes` or `y` is true. */
export function parseManifest(text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text, { version: '1.1' });
  if (document.errors[0] !== undefined) throw document.errors[0];
  return document.toJS() as Readonly<Record<string, unknown>>;
}

function readCase(name: string, text: string): CorpusCase {
  const [head = '', first, second, ...more] = text.split(/^---\n/m);
  const { expect, field = '', message = '', fill } = parseDocument(head).toJS() as Header;
  if (first === undefined || more.length > 0)
    throw new Error(`${name}: want a header and one or two manifests`);
  if (expect !== 'accepted' && (field === '' || message === '')) {
    throw new Error(`${name}: a refusal needs field and message`);
  }
  const filled = (manifest: string): string => (fill === undefined ? manifest : withText(manifest, fill));
  return {
    name,
    expect,
    field,
    message: typeof message === 'string' ? { server: message, parser: message } : message,
    manifests: second === undefined ? [filled(first)] : [filled(first), filled(second)],
  };
}

function withText(manifest: string, fill: NonNullable<Header['fill']>): string {
  const document = parseDocument(manifest);
  document.setIn(fill.field.split('.'), fill.text.repeat(fill.times));
  return stringify(document, { lineWidth: 0 });
}
