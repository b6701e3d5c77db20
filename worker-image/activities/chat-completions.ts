/** The one file that knows the `openai` package (7.55): a request in, the parsed body or an EndpointFault out. */
import OpenAI, { APIConnectionError, APIError } from 'openai';
import { connectionCode, isNetworkError } from './failures.ts';
import type { OutboundFetch } from './outbound-fetch.ts';

export type ChatRequest = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
export type ChatMessage = OpenAI.Chat.ChatCompletionMessageParam;

/** Largest body read, error or not: a completion of a million tokens is about 4 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** setTimeout's longest. The attempt's signal is the deadline. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

export interface Endpoint {
  readonly baseURL: string;
  readonly apiKey?: string;
  readonly fetch: OutboundFetch;
}

export type Fault =
  | { readonly kind: 'connection'; readonly code: string }
  | { readonly kind: 'tooLarge'; readonly limit: number }
  | { readonly kind: 'notJSON' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers: Headers;
      /** `error.code`, `error.type` and `error.message` of the body, where it has them. */
      readonly code: string;
      readonly type: string;
      readonly message: string;
    };

/** What went wrong at the endpoint, free of the package's own classes. */
export class EndpointFault extends Error {
  override readonly name = 'EndpointFault';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/** Sends one chat completion, once. Resolves to the body as it is: nothing in it can be trusted to have a shape. */
export async function chatCompletion(
  endpoint: Endpoint,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const client = new OpenAI({
    baseURL: endpoint.baseURL,
    // The client insists on a key. Without one the header is left out altogether.
    apiKey: endpoint.apiKey ?? 'none',
    ...(endpoint.apiKey === undefined ? { defaultHeaders: { Authorization: null } } : {}),
    // Otherwise read from the environment, which is the module tools'.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    // Only Temporal retries: an attempt the client hides is neither counted nor bounded by the policy.
    maxRetries: 0,
    timeout: NO_TIMEOUT_MS,
    logLevel: 'off',
    fetch: boundedFetch(endpoint.fetch),
  });
  try {
    return await client.chat.completions.create(request, { signal });
  } catch (error) {
    throw faultOf(error);
  }
}

class BodyTooLarge extends Error {}

function boundedFetch(send: OutboundFetch): typeof fetch {
  return async (input, init) => {
    const response = await send(
      typeof input === 'string' ? input : input instanceof URL ? input.href : input.url,
      init ?? {},
    );
    if (response.body === null) return response;
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) controller.error(new BodyTooLarge());
          else controller.enqueue(chunk);
        },
      }),
    );
    // The constructor refuses the statuses that cannot have a body; fetch gives those a null one, handled above.
    return new Response(counted, { status: response.status, headers: response.headers });
  };
}

function faultOf(error: unknown): unknown {
  if (error instanceof BodyTooLarge) return new EndpointFault({ kind: 'tooLarge', limit: MAX_BODY_BYTES });
  // A body that breaks off inside the JSON although the connection was closed in order.
  if (error instanceof SyntaxError) return new EndpointFault({ kind: 'notJSON' });
  if (error instanceof APIError && error.status !== undefined) {
    return new EndpointFault({
      kind: 'status',
      status: error.status,
      headers: error.headers ?? new Headers(),
      code: text(error.code),
      type: text(error.type),
      message: messageOf(error),
    });
  }
  // The package wraps what fails before the headers, and passes on what breaks off after them.
  if (error instanceof APIConnectionError || isNetworkError(error)) {
    return new EndpointFault({ kind: 'connection', code: connectionCode(error) });
  }
  return error;
}

/** `error.message` of the body. `APIError.message` would be the whole body where the endpoint sends another shape. */
function messageOf(error: APIError): string {
  const body = error.error as { message?: unknown } | string | undefined;
  return typeof body === 'object' && body !== null ? text(body.message) : text(body);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
