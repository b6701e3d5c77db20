import { spawnSync } from 'node:child_process';

export interface GoInstallation {
  readonly path: string;
  readonly version: string;
}

/** From the path, or where the official archive puts it: root's shell often has no /usr/local/go/bin. */
export function findGo(): GoInstallation | undefined {
  for (const path of ['go', '/usr/local/go/bin/go']) {
    const answer = spawnSync(path, ['env', 'GOVERSION'], {
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '' },
    });
    const version = /^go(\d+\.\d+)/.exec(answer.stdout ?? '')?.[1];
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

export function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = minimum.split('.').map(Number);
  return major !== minimumMajor ? major > minimumMajor : minor >= minimumMinor;
}
