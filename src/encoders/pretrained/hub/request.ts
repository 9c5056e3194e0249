/** What of the global `fetch` is used. */
export type Fetch = typeof fetch;

/** How the hub is asked. */
export interface Requests {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
  /** Longest silence, before an answer and between its pieces. 30 s unless given. */
  readonly silenceMs?: number;
}

/**
 * One request, read by `read`, which says at every piece that the other side is alive. Redirects are followed.
 *
 * @throws Error on silence, a stop, or a status that is not a success
 */
export async function request<T>(
  url: string,
  {
    fetch: ask,
    signal,
    silenceMs = 30_000,
    headers = {},
  }: Requests & { headers?: Readonly<Record<string, string>> },
  read: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  const tooLong = (): void => stop.abort(new Error(`${url}: no answer within ${silenceMs / 1000} s`));
  const timer = setTimeout(tooLong, silenceMs);
  try {
    const response = await ask(url, { headers, signal: stop.signal });
    if (!response.ok) throw new StatusError(url, response.status);
    return await read(response, () => timer.refresh());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The other side answered, but not with what was asked for. */
export class StatusError extends Error {
  readonly status: number;

  constructor(url: string, status: number) {
    super(`${url}: status ${status}`);
    this.status = status;
  }
}
