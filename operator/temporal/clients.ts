import { createHash } from 'node:crypto';
import { canonicalJSON } from '../../crds/v1alpha1/snapshot.ts';
import { TemporalChannel } from './channel.ts';
import { deploymentsOf } from './deployments.ts';
import type { ConnectionSettings, TemporalClient, TemporalClients } from './port.ts';
import { runsOf } from './runs.ts';
import { serverInfoOf } from './server-info.ts';
import { visibilityOf } from './visibility.ts';

/** A socket nobody used for so long is closed; the next call opens it again. */
const IDLE_MS = 5 * 60_000;

/**
 * A client per distinct settings. A rotated credential is another settings, so another client; the old one idles out.
 * Nothing connects before the first call.
 * Ask for a client at the beginning of each pass instead of keeping one.
 */
export function makeTemporalClients(now: () => number = Date.now): TemporalClients {
  const open = new Map<string, { readonly channel: TemporalChannel; readonly client: TemporalClient }>();

  const sweep = setInterval(() => {
    for (const [key, { channel }] of open) {
      if (!channel.isIdle(IDLE_MS)) continue;
      open.delete(key);
      void channel.close();
    }
  }, IDLE_MS / 5);
  sweep.unref();

  return {
    for(settings) {
      const key = hashOf(settings);
      const known = open.get(key);
      if (known !== undefined) {
        known.channel.touch();
        return known.client;
      }
      const channel = new TemporalChannel(settings, now);
      const client: TemporalClient = {
        ...serverInfoOf(channel, settings),
        ...deploymentsOf(channel),
        ...visibilityOf(channel),
        ...runsOf(channel),
      };
      open.set(key, { channel, client });
      return client;
    },
    async close() {
      clearInterval(sweep);
      const channels = [...open.values()].map(({ channel }) => channel.close());
      open.clear();
      await Promise.allSettled(channels);
    },
  };
}

/** The map must not hold keys and certificates as its own keys: a heap dump shows those first. */
function hashOf(settings: ConnectionSettings): string {
  return createHash('sha256').update(canonicalJSON(settings)).digest('hex');
}
