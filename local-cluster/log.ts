/** Where progress goes: one line for a person, no level, no newline. */
export type Log = (line: string) => void;
