/** Where the quickstart writes: stdout, plain lines, with colour on a terminal only. */
export interface Progress {
  /** Runs `work` as a phase with a heading and its time at the end. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** One line within the phase. */
  line(text: string): void;
  /** A line that stands out. */
  highlight(text: string): void;
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

export function createProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  const paint = (code: number, text: string): string =>
    out.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
  const write = (text: string): void => void out.write(`${text}\n`);
  return {
    async phase(title, work) {
      const started = Date.now();
      write(`\n${paint(1, `▸ ${title}`)}`);
      const result = await work();
      write(paint(2, `  ✓ ${seconds(Date.now() - started)}`));
      return result;
    },
    line: (text) => write(`  ${text}`),
    highlight: (text) => write(`  ${paint(33, text)}`),
  };
}
