import {randomBytes} from 'node:crypto';
import {Readable} from 'node:stream';
import {expect} from 'chai';
import {readBlob, verified} from '../../../src/lib/distribution/blobs.ts';
import {Wire} from '../../../src/lib/http/wire.ts';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {OciError} from '../../../src/lib/oci-error.ts';
import {listen} from '../../../src/lib/registry/listener.ts';
import type {Answer} from '../../../src/lib/registry/exchange.ts';
import {registriesOfTest} from '../../support/registry.ts';
import {sessionWith} from '../../support/promotion.ts';

describe('a blob that is read', () => {
  const servers = registriesOfTest();
  const size = 2 ** 33 + 10;
  const node = {mediaType: 'application/octet-stream', digest: digestOf(Buffer.from('large')), size};

  /** Reads the end of a blob of 8 GiB from a server that answers with so many bytes at a time, and then breaks off. */
  async function read(answer: (range: string) => Answer): Promise<{bytes: string; ranges: string[]}> {
    const ranges: string[] = [];
    const server = servers.closing(
      await listen((exchange) => {
        const range = String(exchange.headers.range);
        ranges.push(range);
        return Promise.resolve(answer(range));
      }),
    );
    const session = sessionWith({name: 'dev', registry: server, path: 'team'}, 'app');
    const quick = {...session, policy: {...session.policy, delay: 1, attempts: 2}};
    const chunks: Buffer[] = [];
    for await (const chunk of readBlob(quick, node, size - 10)) chunks.push(chunk);
    return {bytes: Buffer.concat(chunks).toString(), ranges};
  }

  const part = (first: number, content: string): Answer => ({
    status: 206,
    headers: {
      'content-range': `bytes ${first}-${size - 1}/${size}`,
      'content-length': String(content.length),
    },
    body: Buffer.from(content),
  });

  it('is counted beyond four gigabytes, also where the read goes on', async () => {
    const {bytes, ranges} = await read((range) =>
      range === 'bytes=8589934592-' ? part(size - 10, '01234') : part(size - 5, '56789'),
    );
    expect(bytes).to.equal('0123456789');
    expect(ranges).to.deep.equal(['bytes=8589934592-', 'bytes=8589934597-']);
  });

  it('is not taken for what it is not when its counts differ by four gigabytes', async () => {
    const wrong = {...part(size - 10, '0123456789')};
    const headers = {...wrong.headers, 'content-range': `bytes 0-9/10`};
    const failure = await read((range) =>
      range === 'undefined' ? {status: 500, headers: {'content-length': '0'}} : {...wrong, headers},
    ).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(OciError).and.include({status: 500});
  });

  it('is given once by a source that knows no ranges and begins anew each time', async () => {
    const content = randomBytes(3 * 2 ** 20);
    const whole = {...node, digest: digestOf(content), size: content.length};
    const broken = 2 ** 20 + 5;
    function* inPieces(piece: number, end = Infinity): Generator<Buffer, void, undefined> {
      for (let at = 0; at < content.length; at += piece) {
        yield content.subarray(at, Math.min(at + piece, end));
        if (at + piece >= end) throw new Error('cut');
      }
    }
    const answers = [inPieces(1000, broken), inPieces(65_521, 2 * broken), inPieces(content.length)];
    const ranges: (string | undefined)[] = [];
    const server = servers.closing(
      await listen(({headers}) => {
        ranges.push(headers.range);
        const body = Readable.from(answers.shift() ?? []);
        return Promise.resolve({status: 200, headers: {'content-length': String(content.length)}, body});
      }),
    );
    const session = sessionWith({name: 'dev', registry: server, path: 'team'}, 'app');
    const quick = {...session, policy: {...session.policy, delay: 1, attempts: 3}};
    const chunks: Buffer[] = [];
    for await (const chunk of readBlob(quick, whole)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(content)).to.equal(true);
    expect(ranges).to.have.length(3);
    expect(ranges[0]).to.equal(undefined);
    expect(ranges[1]).to.match(/^bytes=\d+-$/);
  });

  it('goes on where it broke off and where it came to a standstill, also where it is large', async () => {
    const content = randomBytes(48 * 2 ** 20);
    const large = {mediaType: 'application/octet-stream', digest: digestOf(content), size: content.length};
    const share = 10 * 2 ** 20;
    const failures = [() => Promise.reject(new Error('cut')), () => new Promise<never>(() => undefined)];
    /** A part of the content, and then what ends it before its end. */
    async function* from(first: number): AsyncGenerator<Buffer, void, undefined> {
      const fail = failures.shift();
      yield content.subarray(first, fail && first + share);
      await fail?.();
    }
    const starts: number[] = [];
    const server = servers.closing(
      await listen(({headers}) => {
        const first = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
        starts.push(first);
        const {status, headers: told} = part(first, '');
        const range = `bytes ${first}-${content.length - 1}/${content.length}`;
        const length = String(content.length - first);
        return Promise.resolve({
          status: first === 0 ? 200 : status,
          headers: {...told, 'content-range': range, 'content-length': length},
          body: Readable.from(from(first)),
        });
      }),
    );
    const wire = new Wire({limits: {idle: 300}});
    servers.closing({
      close: () => {
        wire.close();
        return Promise.resolve();
      },
    });
    const session = sessionWith({name: 'dev', registry: server, path: 'team'}, 'app');
    const quick = {...session, wire, policy: {...session.policy, delay: 1, attempts: 2}};
    let length = 0;
    for await (const chunk of verified(readBlob(quick, large), large, {where: 'here'}))
      length += chunk.length;
    expect(length).to.equal(content.length);
    expect(starts[0]).to.equal(0);
    expect(starts).to.have.length(3);
    for (const [number, start] of starts.entries()) expect(start).to.be.at.most(number * share);
    expect(starts[2]).to.be.above(share);
  });
});
