import { readFileSync } from 'node:fs';

export interface Mount {
  readonly root: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** /proc/PID/mountinfo, in the order of mounting: id parent dev root target options [tags…] - type source super-options */
export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const fields = before.split(' ');
      const [type = '', , superOptions = ''] = after.split(' ');
      return {
        root: unescape(fields[3] ?? ''),
        target: unescape(fields[4] ?? ''),
        type,
        options: superOptions.split(','),
      };
    });
}

export const hostMounts = (): Mount[] => parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
