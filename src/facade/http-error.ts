/** Something about a request that HTTP itself has a status for, before any method is called. */
export class HttpError extends Error {
  readonly status: number;
  /** A stable word for machines, as the catalog's own errors have one. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}
