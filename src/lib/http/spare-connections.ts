import type {Agent, ClientRequestArgs} from 'node:http';
import type {Duplex} from 'node:stream';

/** One host of an agent: how it is connected to, and the connections that nobody has used yet. */
interface Host {
  readonly options: ClientRequestArgs;
  readonly spare: Set<Duplex>;
}

/**
 * Connections of an agent that are opened before they are needed: a request that has to connect first takes a round trip more,
 * with TLS two or three. An agent opens them only with requests; the next request of the host gets one of these.
 */
export class SpareConnections {
  readonly #agent: Agent;
  readonly #connect: Agent['createConnection'];
  readonly #hosts = new Map<string, Host>();

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => this.#next(options) ?? this.#connect(options, callback);
  }

  /** Opens as many as are missing for so many requests at once, to a host that something was asked before. */
  open(url: URL, requests: number): void {
    const host = this.#hosts.get(nameOf({host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url)}));
    if (host === undefined) return;
    const idle = this.#agent.freeSockets[this.#agent.getName(host.options)]?.length ?? 0;
    for (let open = idle + host.spare.size; open < requests; open += 1) this.#open(host);
  }

  /** Closes those that are still not used, of one host or of all. */
  close(name?: string): void {
    for (const [other, {spare}] of this.#hosts)
      if (name === undefined || name === other) for (const socket of [...spare]) socket.destroy();
  }

  #open({options, spare}: Host): void {
    const socket = this.#connect(options);
    if (!socket) return;
    spare.add(socket);
    // one that fails is not there: the request that would have had it connects by itself, and tells
    socket.on('error', () => undefined).once('close', () => spare.delete(socket));
  }

  #next(options: ClientRequestArgs): Duplex | undefined {
    const host = this.#hosts.get(nameOf(options));
    if (host === undefined) {
      this.#hosts.set(nameOf(options), {options, spare: new Set()});
      return undefined;
    }
    const next = [...host.spare].find(({destroyed, writable}) => !destroyed && writable);
    if (next !== undefined) host.spare.delete(next);
    return next;
  }
}

const portOf = ({port, protocol}: URL): string => port || (protocol === 'https:' ? '443' : '80');

const nameOf = ({host, port}: Pick<ClientRequestArgs, 'host' | 'port'>): string => `${host}:${port}`;
