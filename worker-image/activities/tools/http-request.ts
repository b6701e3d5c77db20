import type { HTTPTool, Tool } from '../../../crds/v1alpha1/tool.ts';
import { readSecret, type SecretPath } from '../secret-file.ts';
import { fillURL, withQuery, type Arguments } from './http-url.ts';

export type HTTPRequest =
  | { readonly ok: true; readonly url: string; readonly init: RequestInit & { readonly headers: Headers } }
  | { readonly ok: false; readonly observation: string };

const ACCEPT = 'application/json, text/*;q=0.9, */*;q=0.1';

/** The request of one call. Throws `Secret.*` failures; arguments that make no URL are an observation. */
export async function httpRequest(
  tool: Tool & { readonly http: HTTPTool },
  values: Arguments,
  idempotencyKey: string,
  secretPath?: SecretPath,
): Promise<HTTPRequest> {
  const { method, url: template, headers: fixed = {}, headersFrom = [] } = tool.http;
  const built = fillURL(template, values);
  if (!built.ok) return built;
  const headers = new Headers({ accept: ACCEPT, 'user-agent': 'durable-agents' });
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  if (hasBody) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(fixed)) headers.set(name, value);
  for (const { name, prefix = '', secretKeyRef } of headersFrom) {
    headers.set(name, prefix + (await readSecret(secretKeyRef, secretPath)));
  }
  if (tool.idempotencyKey !== undefined) headers.set(tool.idempotencyKey.header, headerSafe(idempotencyKey));
  return {
    ok: true,
    url: hasBody ? built.url : withQuery(built.url, built.rest),
    init: { method, headers, ...(hasBody ? { body: JSON.stringify(built.rest) } : {}) },
  };
}

/** Workflow IDs may hold any character, headers printable ASCII; different keys stay different. */
function headerSafe(key: string): string {
  return key
    .toWellFormed()
    .replaceAll(/[^\x21-\x24\x26-\x7e]/gu, (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join(''),
    );
}
