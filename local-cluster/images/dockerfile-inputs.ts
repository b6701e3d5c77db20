/**
 * Which files of the build context a target depends on, read from the Dockerfile itself: the stages it reaches by FROM
 * and --from, and what those COPY or ADD. So an edit elsewhere in the repository does not build an image again.
 */
interface Stage {
  readonly names: string[];
  readonly sources: string[];
  readonly uses: string[];
}

function instructions(dockerfile: string): [string, string][] {
  return dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\[ \t]*\n/g, ' ')
    .split('\n')
    .map((line) => /^\s*([A-Za-z]+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => [(match[1] ?? '').toUpperCase(), match[2] ?? '']);
}

function copySources(rest: string): string[] {
  const words = rest.trim().startsWith('[') ? (JSON.parse(rest) as string[]) : rest.trim().split(/\s+/);
  return words.slice(0, -1).map((word) => word.replace(/^\.?\/+/, '') || '.');
}

function parseStages(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  for (const [instruction, rest] of instructions(dockerfile)) {
    if (instruction === 'FROM') {
      const [base = '', , alias] = rest.replaceAll(/--\S+\s+/g, '').split(/\s+/);
      stages.push({ names: [String(stages.length), ...(alias ? [alias] : [])], sources: [], uses: [base] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) continue; // ARG before the first FROM
    const from = [...rest.matchAll(/(?:^|[\s,])(?:--)?from=([^\s,]+)/g)].map((match) => match[1] ?? '');
    stage.uses.push(...from);
    if ((instruction === 'COPY' || instruction === 'ADD') && from.length === 0) {
      stage.sources.push(...copySources(rest.replace(/^(--\S+\s+)+/, '')));
    }
    if (instruction === 'RUN') {
      // RUN --mount=type=bind,source=x without from= reads the context as well.
      for (const [mount] of rest.matchAll(/--mount=\S*type=bind\S*/g)) {
        const source = /(?:source|src)=([^\s,]+)/.exec(mount)?.[1];
        if (!mount.includes('from=')) stage.sources.push(source ?? '.');
      }
    }
  }
  return stages;
}

export function dockerfileInputs(dockerfile: string, target?: string): string[] {
  const stages = parseStages(dockerfile);
  const find = (name: string): Stage | undefined => stages.findLast((stage) => stage.names.includes(name));
  const start = target === undefined ? stages.at(-1) : find(target);
  if (start === undefined) throw new Error(`the Dockerfile has no target ${target ?? ''}`);
  const reached = new Set<Stage>();
  const queue = [start];
  for (let stage = queue.pop(); stage !== undefined; stage = queue.pop()) {
    if (reached.has(stage)) continue;
    reached.add(stage);
    queue.push(...stage.uses.map(find).filter((used) => used !== undefined));
  }
  return [...new Set([...reached].flatMap((stage) => stage.sources))].toSorted();
}
