/** One request as it came over the wire, and what became of it. */
export interface LoggedRequest {
  readonly method: string;
  /** As it was sent. */
  readonly url: string;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** One number for each connection. */
  readonly socket: number;
  /** Milliseconds of the log's clock. */
  readonly startedAt: number;
  endedAt?: number;
  /** Of the answer, once its headers are out. */
  status?: number;
  /** Bytes of bodies. */
  bytesReceived: number;
  bytesSent: number;
  outcome: 'open' | 'finished' | 'aborted';
}

export interface RequestFilter {
  readonly method?: string;
  /** The whole path without its query, or a pattern for the url as it was sent. */
  readonly path?: string | RegExp;
  readonly status?: number;
}

export interface RequestLogOptions {
  readonly clock: () => number;
  /** Requests kept; the oldest go first. */
  readonly limit: number;
}

/** What a server was asked, in the order of arrival. */
export class RequestLog {
  /** The most requests that were open at the same time. */
  maxConcurrent = 0;
  #entries: LoggedRequest[] = [];
  #open = 0;
  #watchers = new Set<() => void>();
  readonly #options: RequestLogOptions;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  requests({method, path, status}: RequestFilter = {}): LoggedRequest[] {
    return this.#entries.filter(
      (entry) =>
        (method === undefined || entry.method === method) &&
        (path === undefined || isAt(entry, path)) &&
        (status === undefined || entry.status === status),
    );
  }

  /** Resolves as soon as `count` such requests have arrived (or, with a status, been answered). */
  async until(filter: RequestFilter, count = 1): Promise<LoggedRequest[]> {
    await this.#when(() => this.requests(filter).length >= count);
    return this.requests(filter);
  }

  /** Resolves as soon as no request is open. */
  async idle(): Promise<void> {
    await this.#when(() => this.#open === 0);
  }

  clear(): void {
    this.#entries = [];
    this.maxConcurrent = this.#open;
  }

  start(request: Pick<LoggedRequest, 'method' | 'url' | 'rawHeaders' | 'headers' | 'socket'>): LoggedRequest {
    const entry: LoggedRequest = {
      ...request,
      startedAt: this.#options.clock(),
      bytesReceived: 0,
      bytesSent: 0,
      outcome: 'open',
    };
    this.#entries.push(entry);
    if (this.#entries.length > this.#options.limit) this.#entries.shift();
    this.maxConcurrent = Math.max(this.maxConcurrent, ++this.#open);
    this.#changed();
    return entry;
  }

  answered(entry: LoggedRequest, status: number): void {
    entry.status = status;
    this.#changed();
  }

  end(entry: LoggedRequest, outcome: 'finished' | 'aborted'): void {
    entry.outcome = outcome;
    entry.endedAt = this.#options.clock();
    this.#open--;
    this.#changed();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  async #when(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }
}

function isAt({url}: LoggedRequest, path: string | RegExp): boolean {
  return typeof path === 'string' ? url.split('?', 1)[0] === path : path.test(url);
}
