import {expect} from 'chai';
import {Readable} from 'node:stream';
import {OciError} from '../../../src/lib/oci-error.ts';
import {readBody, Wire, type WireRequest} from '../../../src/lib/http/wire.ts';
import type {Exchange, Intercept} from '../../../src/lib/registry/exchange.ts';
import {startRegistry} from '../../../src/lib/registry/server.ts';
import {DirectRequests} from '../../support/direct-requests.ts';

const html = {'content-type': 'text/html', 'content-length': '12'};
const page = Buffer.from('<h1>Bad</h1>');

/** What a server may do with a request, and what a client is to hear of it. */
const rows: readonly [what: string, does: Intercept, heard: string][] = [
  ['a page', () => Promise.resolve({status: 502, headers: html, body: page}), '502 text/html <h1>Bad</h1>'],
  [
    'content in pieces',
    () => Promise.resolve({status: 200, headers: {}, body: pieces()}),
    '200 undefined abcd',
  ],
  ['what it was sent', echo, '200 undefined abcd'],
  ['a reset', reset, 'unreachable the connection was closed by the other side'],
  [
    'an answer that is cut off',
    () => Promise.resolve({status: 200, headers: html, body: cut()}),
    'unreachable the answer broke off',
  ],
  ['no answer', () => new Promise(() => undefined), 'timeout no answer within 200 ms'],
];

describe('a request without sockets tells the client what one over sockets would:', () => {
  for (const [what, intercept, heard] of rows) {
    it(what, async () => {
      expect(await bothHear(intercept)).to.deep.equal([heard, heard]);
    });
  }

  it('an interruption', async () => {
    const signal = AbortSignal.abort();
    expect(await bothHear(echo, {signal})).to.deep.equal(Array(2).fill('interrupted interrupted'));
  });

  it('a registry that is not there', async () => {
    const url = new URL('http://127.0.0.1:1/v2/');
    const heard = 'unreachable the connection was refused';
    expect(await bothHear(echo, {url})).to.deep.equal([heard, heard]);
  });
});

async function bothHear(intercept: Intercept, more: Partial<WireRequest> = {}): Promise<string[]> {
  const registry = await startRegistry({intercept});
  const registries = new Map([[registry.host, {handle: registry.handle, intercept}]]);
  const {request} = new DirectRequests({registries, turns: () => 1});
  const asked: WireRequest = {
    method: 'PUT',
    url: new URL(`${registry.url}/v2/`),
    body: Buffer.from('abcd'),
    ...more,
  };
  try {
    const limits = {answer: 200};
    return await Promise.all(
      [new Wire({limits}), new Wire({limits, request})].map((wire) => hear(wire, asked)),
    );
  } finally {
    await registry.close();
  }
}

async function hear(wire: Wire, request: WireRequest): Promise<string> {
  try {
    const response = await wire.send(request);
    const body = await readBody(response, 100, 1000);
    return `${response.statusCode} ${response.headers['content-type']} ${body.toString()}`;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return `${error.code} ${error.message.replace(/^[\d.:]+: /, '')}`;
  } finally {
    wire.close();
  }
}

async function echo({body}: Exchange): ReturnType<Intercept> {
  const sent: Buffer[] = [];
  for await (const chunk of body) sent.push(chunk);
  return {status: 200, headers: {}, body: Buffer.concat(sent)};
}

function reset({request}: Exchange): ReturnType<Intercept> {
  request.socket.resetAndDestroy();
  return Promise.resolve(undefined);
}

const pieces = (): Readable => Readable.from([Buffer.from('ab'), Buffer.from('cd')], {objectMode: false});

function cut(): Readable {
  const body = async function* () {
    yield page.subarray(0, 4);
    await new Promise(setImmediate);
    throw new Error('cut off');
  };
  return Readable.from(body(), {objectMode: false});
}
