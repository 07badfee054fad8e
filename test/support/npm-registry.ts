// As much of an npm registry as `npm publish` and `npm view` ask for, on loopback.
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface NpmRegistry {
  readonly url: string;
  /** What was published, `name@version as tag` in order. */
  readonly published: string[];
  close(): Promise<void>;
}

/** What npm sends: the document of a package with one version, its tarball, and the tags that lead to it. */
interface Publication {
  readonly name: string;
  readonly 'dist-tags': Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, object>>;
}

/** Starts it, empty. */
export async function npmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, Publication>();
  const published: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const name = decodeURIComponent((request.url ?? '/').slice(1));
      const known = packages.get(name);
      if (request.method === 'PUT') {
        const sent = JSON.parse(await textOf(request)) as Publication;
        packages.set(name, merged(known, sent));
        for (const [tag, version] of Object.entries(sent['dist-tags']))
          published.push(`${name}@${version} as ${tag}`);
        return response.writeHead(201).end('{"ok":true}');
      }
      if (known === undefined) return response.writeHead(404).end('{"error":"not_found"}');
      return response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(known));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    published,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function merged(known: Publication | undefined, sent: Publication): Publication {
  return {
    ...sent,
    'dist-tags': {...known?.['dist-tags'], ...sent['dist-tags']},
    versions: {...known?.versions, ...sent.versions},
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
