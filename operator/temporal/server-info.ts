import type { TemporalChannel } from './channel.ts';
import { temporalError } from './errors.ts';
import type { ServerInfo, TemporalClient } from './port.ts';

/** Worker Deployments as this operator uses them: pinned versions, conflict tokens, drainage. 1.27 had a preview of them. */
const OLDEST = { major: 1, minor: 28 } as const;

/** Asks the server who it is, and tries a harmless call of the feature: it can be switched off per namespace. */
export function serverInfoOf(
  channel: TemporalChannel,
  settings: { readonly address: string; readonly namespace: string },
): Pick<TemporalClient, 'serverInfo'> {
  return {
    serverInfo: () =>
      channel.call<ServerInfo>('ask for its version', async ({ service, namespace }) => {
        const { serverVersion } = await service.getSystemInfo({});
        try {
          // Also the first call that names the namespace: getSystemInfo succeeds whatever it is.
          await service.listWorkerDeployments({ namespace, pageSize: 1 });
        } catch (error) {
          const failure = temporalError(error, { what: 'list worker deployments', ...settings });
          if (failure.reason !== 'VersioningUnsupported') throw failure;
          return { serverVersion: serverVersion ?? '', supportsVersioning: false };
        }
        return { serverVersion: serverVersion ?? '', supportsVersioning: isNewEnough(serverVersion ?? '') };
      }),
  };
}

/** A version that cannot be read (a fork, a cloud) counts as new: the call it was tried with has succeeded. */
export function isNewEnough(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) return true;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}
