import { readFile } from 'node:fs/promises';
import type { SecretKeyRef } from '../../crds/v1alpha1/common.ts';
import { secretPath } from '../../crds/v1alpha1/contract.ts';
import { connectionCode, retryable, terminal } from './failures.ts';

/** Where the file of one key of a Secret is. Tests put it elsewhere. */
export type SecretPath = (reference: SecretKeyRef) => string;

/**
 * A secret as the value of an HTTP header, read anew for every call, so that a rotation needs no restart (the file is in
 * memory). Line ends around it are dropped: `echo key | base64` leaves one. A line break within would end the header.
 */
export async function readSecret(reference: SecretKeyRef, pathOf: SecretPath = secretPath): Promise<string> {
  let text: string;
  try {
    text = await readFile(pathOf(reference), 'utf8');
  } catch (error) {
    throw retryable(
      'Secret.Unreadable',
      `Key ${reference.key} of Secret ${reference.name} is not mounted in the worker (${connectionCode(error)}).`,
    );
  }
  const value = text.trim();
  if (!/^[\t\x20-\x7e]+$/.test(value)) {
    throw terminal(
      'Secret.Invalid',
      `Key ${reference.key} of Secret ${reference.name} is empty or holds characters that no HTTP header can: ` +
        'printable ASCII on one line is needed.',
    );
  }
  return value;
}
