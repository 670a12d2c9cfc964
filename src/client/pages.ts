/** One answer out of several (AIP-158). */
export interface Page {
  /** Passed on to get the next page; empty in the last. */
  readonly nextPageToken: string;
}

/**
 * Yields page after page until the last. A page is fetched only when it is asked for, so the consumer
 * sets the pace.
 *
 * @param firstPageToken where to begin; empty or undefined for the first page.
 *
 * @throws {Error} if a page leads back to itself, which would never end.
 */
export async function* pages<P extends Page>(
  firstPageToken: string | undefined,
  fetchPage: (pageToken: string) => Promise<P>,
): AsyncGenerator<P, void, undefined> {
  let pageToken = firstPageToken ?? '';
  do {
    const page = await fetchPage(pageToken);
    yield page;
    if (page.nextPageToken !== '' && page.nextPageToken === pageToken) {
      throw new Error('the service answered with the page token that it was asked with');
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
