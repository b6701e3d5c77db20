import { describe, expect, it } from 'vitest';
import { temporalError } from './errors.ts';

/** As @grpc/grpc-js makes them; isGrpcServiceError looks for these fields. */
const grpc = (code: number, details: string) =>
  Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
const context = { what: 'describe run x', address: 'temporal:7233', namespace: 'prod' };

describe('temporalError', () => {
  it.each([
    [
      14,
      'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
      'Unreachable',
    ],
    [4, 'Deadline exceeded after 3.001s,name resolution: 0.001s', 'Unreachable'],
    [1, 'Call cancelled', 'Unreachable'],
    [8, 'namespace rate limit exceeded', 'Unreachable'],
    [13, 'something went wrong, please retry (d564d36c)', 'Unreachable'],
    [12, 'Received HTTP status code 404', 'Unreachable'],
    [12, 'unknown method DescribeWorkerDeployment', 'VersioningUnsupported'],
    [7, 'worker deployment versions are disabled on this namespace', 'VersioningUnsupported'],
    [7, 'Request unauthorized.', 'Unauthorized'],
    [16, 'no credentials', 'Unauthorized'],
    [5, 'Namespace prod is not found.', 'TemporalNamespaceNotFound'],
    [5, 'Version not found in deployment', 'Refused'],
    [9, 'conflict token mismatch', 'Conflict'],
    [9, 'Version cannot be deleted since it has active pollers.', 'Refused'],
    [3, 'invalid query', 'Refused'],
  ])('code %d, %s: %s', (code, details, reason) => {
    expect(temporalError(grpc(code, details), context)).toMatchObject({ reason, name: 'TemporalError' });
    // As @temporalio/client wraps it.
    expect(temporalError(new Error('ServiceError', { cause: grpc(code, details) }), context).reason).toBe(
      reason,
    );
  });

  it('holds still: what differs between two attempts is not in the message', () => {
    const message = (details: string) => temporalError(grpc(14, details), context).message;
    expect(
      message(
        'No connection established. Last error: Protocol error (2026-11-21T04:17:05.495Z). Resolution note: ',
      ),
    ).toBe(
      message(
        'No connection established. Last error: Protocol error (2026-11-21T04:17:06.845Z). Resolution note: ',
      ),
    );
    const tls = (thread: string) =>
      `Last error: Error: ${thread}:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:\n`;
    expect(message(tls('40ED03D01B7F0000'))).toBe(message(tls('41ED03D01B7F0001')));
    expect(message(tls('40ED03D01B7F0000'))).toContain('wrong version number');
    expect(message(tls('40ED03D01B7F0000'))).not.toContain('openssl/');
  });
});
