/** A failure with a message meant for a person: the CLI prints it without a stack trace. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}
