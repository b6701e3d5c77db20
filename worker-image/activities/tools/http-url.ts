import { placeholders } from '../../tool-schema.ts';

export type Arguments = Readonly<Record<string, unknown>>;

export type BuiltURL =
  | { readonly ok: true; readonly url: string; readonly rest: Arguments }
  /** The model can do better: its words go into a path, and these cannot. */
  | { readonly ok: false; readonly observation: string };

/**
 * Fills the {placeholders} of a URL's path. The arguments are the model's, so they cannot leave their place: everything
 * is percent-encoded, and what URL parsers and servers take for a step up or sideways is refused: '.' and '..' (also
 * between slashes and backslashes, which some servers decode before they route), and nothing at all.
 */
export function fillURL(template: string, values: Arguments): BuiltURL {
  const names = new Set(placeholders(template));
  const filled = new Map<string, string>();
  for (const name of names) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return refused(name, 'it is needed and must be a text, a number or a boolean');
    }
    const text = String(value);
    if (text === '') return refused(name, 'it must not be empty');
    if (!text.isWellFormed()) return refused(name, 'it holds half a character (a lone surrogate)');
    if (text.split(/[/\\]/).some((part) => part === '.' || part === '..')) {
      return refused(name, 'it must not hold "." or ".." as a part of a path');
    }
    filled.set(name, encodeURIComponent(text));
  }
  const url = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => filled.get(name) ?? '');
  // A template that ends in half an escape ("%2{a}") could still be completed to a dot.
  const dotted = template
    .split('/')
    .findIndex((part, index) => part.includes('{') && /^(\.|%2e){1,2}$/i.test(url.split('/')[index] ?? ''));
  if (dotted !== -1)
    return { ok: false, observation: 'Not sent: the arguments make "." or ".." in the path of the URL.' };
  return {
    ok: true,
    url,
    rest: Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name))),
  };
}

function refused(name: string, why: string): BuiltURL {
  return { ok: false, observation: `Not sent: ${name} is part of the URL, and ${why}.` };
}

/** Appends arguments as a query: lists repeat the name, objects are JSON, null and undefined are left out. */
export function withQuery(url: string, values: Arguments): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const entry of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (entry === undefined || entry === null) continue;
      query.append(
        name,
        typeof entry === 'object' ? JSON.stringify(entry) : String(entry as string | number | boolean),
      );
    }
  }
  return query.size === 0 ? url : `${url}?${query.toString()}`;
}
