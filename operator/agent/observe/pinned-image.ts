/** A version that exists, as far as the choice of an image goes. */
export interface KnownImage {
  readonly buildID: string;
  readonly behaviour: string;
  readonly image: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/**
 * The image a Pinned agent keeps: that of a version with the same behaviour. The preferred one (the current version)
 * first, then the newest, then by build ID, so that the answer does not depend on the order of a list.
 */
export function pinnedImage(
  known: readonly KnownImage[],
  behaviour: string,
  preferredBuildID: string | undefined,
): string | undefined {
  const rank = (entry: KnownImage) => (entry.buildID === preferredBuildID ? 0 : 1);
  return known
    .filter((entry) => entry.behaviour === behaviour)
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        Date.parse(b.createdAt) - Date.parse(a.createdAt) ||
        (a.buildID < b.buildID ? -1 : 1),
    )[0]?.image;
}
