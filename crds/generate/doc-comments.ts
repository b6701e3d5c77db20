/** One member of a constant in a source file, with the text of the doc comment above it. */
export interface DocumentedMember {
  readonly name: string;
  /** The string it stands for; the name itself in a list of names. */
  readonly value: string;
  readonly doc: string;
}

/**
 * Reads `export const NAME = [ … ] as const` or `= { … } as const` out of TypeScript source, where every member is a
 * string on a line of its own. Comments are the documentation of conditions and reasons; a generator that had them
 * twice would let them drift. Throws when the constant is not there.
 */
export function documentedMembers(source: string, constant: string): readonly DocumentedMember[] {
  const body = new RegExp(`export const ${constant} = [[{]\\n([\\s\\S]*?)\\n[\\]}] as const`).exec(
    source,
  )?.[1];
  if (body === undefined) throw new Error(`no constant ${constant} of one member a line`);
  const members: DocumentedMember[] = [];
  let doc = '';
  for (const line of body.split('\n')) {
    const comment = /^\s*\/\*\* (.*) \*\/$/.exec(line)?.[1];
    const member = /^\s*(?:(\w+): )?['`](.*)['`],$/.exec(line);
    if (comment !== undefined) {
      doc = comment;
    } else if (member !== null) {
      members.push({ name: member[1] ?? member[2] ?? '', value: member[2] ?? '', doc });
      doc = '';
    } else {
      throw new Error(`${constant}: cannot read ${line.trim()}`);
    }
  }
  return members;
}
