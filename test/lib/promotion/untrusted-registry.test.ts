import {once} from 'node:events';
import {setImmediate} from 'node:timers/promises';
import {expect} from 'chai';
import {listen} from '../../../src/lib/registry/listener.ts';
import {renderReport} from '../../../src/lib/ui/summary.ts';
import {
  pushImage,
  pushIndex,
  invariants,
  redirectBlobs,
  startObjectStore,
  type Fault,
} from '../../support/registry.ts';
import {promoteForTest, type PromotionResult} from '../../support/promotion.ts';
import {
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

/** All that a user, a log or another program gets to see. */
function outputsOf({report, trace, events}: PromotionResult): string[] {
  return [renderReport(report), ...trace, ...strings(report), ...strings(events)];
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

const evil =
  '\u001b]0;pwn\u0007\u001b]52;c;cHdu\u0007\r\n::error::x\n##vso[task]\u009b31m\u202e\u2028::add-mask::y';

describe('what a registry says', () => {
  const sites = sitesOfTest();

  const body = JSON.stringify({errors: [{code: evil, message: evil, detail: {x: evil}}]});
  const page = {'content-type': 'text/plain\u009b31m'};
  const texts: Record<string, Fault> = {
    'in an error of the preflight': {method: 'HEAD', path: /\/manifests\//, action: {status: 403, body}},
    'in an error of an upload': {method: 'POST', action: {status: 403, body}},
    'in an error for a layer': {method: 'PUT', path: /\/blobs\//, action: {status: 400, body}},
    'in an error for a manifest': {method: 'PUT', path: /\/manifests\//, action: {status: 400, body}},
    'as plain text': {
      method: 'PUT',
      action: {status: 400, headers: {'content-type': 'text/plain'}, body: evil},
    },
    'as a content type': {method: 'PUT', action: {status: 400, headers: page, body: evil}},
    'as a Location': {
      method: 'POST',
      action: {status: 202, headers: {location: 'http://x\u009b31m.example/'}},
    },
    'as a digest of what was mounted': {
      method: 'PUT',
      path: /\/manifests\//,
      action: {status: 201, headers: {'docker-content-digest': 'sha256:\u009b31m'}},
    },
    'as its challenge': {
      path: /\/manifests\//,
      action: {
        status: 401,
        headers: {'www-authenticate': 'Bearer realm="ftp://\u009b31m/",service="\u009b31m"'},
      },
    },
  };
  for (const [where, fault] of Object.entries(texts)) {
    it(`${where} moves no cursor, forges no line and commands no CI system`, async () => {
      for (const side of ['source', 'destination']) {
        const [dev, eu] = [await sites.source(), await sites.destination()];
        await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
        const {registry} = side === 'source' ? dev : eu;
        const method = side === 'source' ? 'GET' : fault.method;
        const path = side === 'source' ? /\/manifests\// : fault.path;
        registry.faults.add({action: fault.action, ...(method && {method}), ...(path && {path})});
        const result = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
        for (const output of outputsOf(result)) {
          expect(output).not.to.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
          expect(output).not.to.match(/^\s*(?:::|##)/m);
        }
        for (const text of strings(result.report)) expect(text).not.to.include('\n');
      }
    });
  }

  it('in a manifest moves no cursor either', async () => {
    for (const field of ['mediaType', 'digest', 'size']) {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const {document, mediaType} = await pushImage(dev.registry, repositoryOf(dev));
      const [layer] = document.layers as object[];
      const bytes = Buffer.from(JSON.stringify({...document, layers: [{...layer, [field]: evil}]}));
      await pushBytes(dev, bytes, mediaType);
      const result = await promoteForTest({from: dev, to: [eu]});
      expect(result.report.ok).to.equal(false);
      for (const output of outputsOf(result)) {
        expect(output).not.to.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
      }
    }
  });

  it('in a hundred megabytes of error is not read to its end', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    eu.registry.faults.add({method: 'HEAD', action: {status: 403}});
    dev.registry.faults.add({
      method: 'GET',
      path: /\/manifests\//,
      action: {status: 403, headers: {'content-length': '100000000'}, body: Buffer.alloc(100_000_000, 'x')},
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(5);
    expect(report.error!.message.length).to.be.lessThan(500);
  });

  const forms: Record<string, [body: string, type: string, shown: RegExp]> = {
    'an OCI error': [
      '{"errors":[{"code":"DENIED","message":"quota of 5 GB exceeded"}]}',
      'application/json',
      /403.*DENIED: quota of 5 GB/,
    ],
    'several errors': [
      '{"errors":[{"code":"A","message":"first"},{"code":"B"}]}',
      'application/json',
      /A: first/,
    ],
    'an error with details': [
      '{"errors":[{"code":"A","message":"m","detail":{"max":5}}]}',
      'application/json',
      /m \(\{"max":5\}\)/,
    ],
    nothing: ['', 'application/json', /403/],
    'a web page': ['<html><script>alert(1)</script></html>', 'text/html', /403 \(text\/html answer\)/],
    XML: ['<Error><Code>AccessDenied</Code></Error>', 'application/xml', /403 \(application\/xml answer\)/],
    'a line of text': ['blocked by policy', 'text/plain', /403 blocked by policy/],
    'another JSON document': ['{"message":"x"}', 'application/json', /403/],
  };
  for (const [what, [text, type, shown]] of Object.entries(forms)) {
    it(`is one readable line when it is ${what}`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      eu.registry.faults.add({
        method: 'POST',
        action: {status: 403, headers: {'content-type': type}, body: text},
      });
      const {destination} = await promoteForTest({from: dev, to: [eu]});
      const {message} = destination('prod-eu').error!;
      expect(message).to.match(shown).and.include(eu.registry.host).and.include(repositoryOf(eu));
      expect(message).not.to.include('<').and.not.include('fetch failed');
    });
  }
});

describe('a registry that names its own token service', () => {
  const sites = sitesOfTest();
  const secret = 'password-for-strangers';

  async function world(realm: (evilUrl: string) => string) {
    const stranger = sites.closing(
      await listen(() => Promise.resolve({status: 200, headers: {}, body: Buffer.from('{"token":"x"}')})),
    );
    const dev: TestSite = {
      ...(await sites.source()),
      credential: {kind: 'basic', username: 'robot', password: secret},
    };
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const header = `Bearer realm="${realm(stranger.url)}",service="s"`;
    dev.registry.faults.add({
      match: ({path}) => path !== '/token',
      action: {status: 401, headers: {'www-authenticate': header}},
    });
    return {dev, eu: await sites.destination(), stranger};
  }

  for (const realm of [
    'http://169.254.169.254/latest',
    'http://evil.example.org/token',
    'file:///etc/passwd',
    'http://[',
    '',
  ]) {
    it(`is refused when that is ${JSON.stringify(realm)}: nothing is sent there`, async () => {
      const {dev, eu} = await world(() => realm);
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(5);
      expect(report.error).to.include({code: 'refused-realm'});
      expect(report.error!.message).to.include('refusing token realm');
    });
  }

  it('is not followed when that sends the password on', async () => {
    const {dev, eu, stranger} = await world(() => '/token');
    dev.registry.faults.add({path: /^\/token/, action: {status: 307, headers: {location: stranger.url}}});
    const {report, trace} = await promoteForTest({from: dev, to: [eu], retries: {attempts: 1}});
    expect(report.exitCode).to.equal(5);
    expect(stranger.log.requests()).to.deep.equal([]);
    await invariants([], {secrets: [secret], outputs: [...trace, JSON.stringify(report)]});
  });
});

describe('secrets', () => {
  const sites = sitesOfTest();

  it('are in no output, however it fails: passwords, tokens, signatures, upload states', async () => {
    const users = [{name: 'robot', password: 'password-for-strangers'}];
    const options = {auth: {kind: 'bearer', users} as const, uploadQuery: 'sig=canary-signature'};
    const credential = {kind: 'basic', username: 'robot', password: 'password-for-strangers'} as const;
    const faults: Fault[] = [
      {method: 'PUT', action: {status: 500}},
      {method: 'PUT', action: {reset: true}},
      {method: 'POST', action: {status: 401}},
      {method: 'POST', action: {headers: {location: 'http://127.0.0.1:1/x?token=canary-location'}}},
      {
        method: 'POST',
        action: {headers: {location: 'ftp://canary-user:canary-pass@127.0.0.1:1/x?token=canary-location'}},
      },
      {path: /^\/token/, action: {status: 500, body: '{"token":"canary-token"}'}},
      {method: 'PUT', path: /\/manifests\//, action: {status: 400, body: 'x'}},
    ];
    for (const fault of faults) {
      const dev: TestSite = {...(await sites.source(options)), credential};
      const eu: TestSite = {...(await sites.destination('prod-eu', options)), credential};
      await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: ['linux/amd64'], layers: 1});
      const store = sites.closing(await startObjectStore(dev.registry));
      dev.registry.faults.add(redirectBlobs(store));
      eu.registry.faults.add(fault);
      const result = await promoteForTest({from: dev, to: [eu], retries: {attempts: 2}});
      expect(result.report.ok).to.equal(false);
      expect(await tagOf(eu)).to.equal(undefined);
      const outputs = outputsOf(result);
      expect(outputs.join('\n')).not.to.match(/canary|a%2Fb|Bearer |Basic /);
      const tokens = [dev, eu].flatMap(({registry}) =>
        registry.log.requests().map(({headers}) => String(headers.authorization).replace(/^\w+ /, '')),
      );
      await invariants([], {
        secrets: tokens.filter((token) => token !== 'undefined'),
        outputs,
        foreign: [store],
      });
      expect(outputs.join('\n')).not.to.match(/^ {4}at /m);
    }
  });
});

describe('a registry that limits the rate', () => {
  const sites = sitesOfTest();

  const asked: Record<string, () => string> = {
    'in seconds': () => '1',
    'as a date': () => new Date(Date.now() + 2000).toUTCString(),
  };
  for (const [how, value] of Object.entries(asked)) {
    const requests = [
      {method: 'HEAD', path: /\/blobs\//},
      {method: 'POST'},
      {method: 'PUT', path: /\/blobs\//},
      {method: 'PUT', path: /\/manifests\/1\.0\.0/},
    ];
    // a date has whole seconds, so that its tests take longer
    for (const request of how === 'in seconds' ? requests : requests.slice(1, 3)) {
      it(`${how} is left alone for so long by everyone (${request.method} ${request.path?.source ?? ''})`, async () => {
        const [dev, eu] = [await sites.source(), await sites.destination()];
        const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 8, layerSize: 100});
        let until = 0;
        let known = Promise.resolve(0);
        eu.registry.faults.add({
          ...request,
          times: 1,
          action: {
            intercept: ({response}) => {
              known = once(response, 'finish').then(arrived);
              const header = value();
              // a date has no fractions of a second
              until = Date.now() + (header === '1' ? 1000 : Date.parse(header) - Date.now() - 1000);
              return Promise.resolve({
                status: 429,
                headers: {'retry-after': header, date: new Date().toUTCString(), 'content-length': '0'},
              });
            },
          },
        });
        const {report} = await promoteForTest({from: dev, to: [eu]});
        expect(report.exitCode).to.equal(0);
        await expectPromoted(dev, image.digest, eu);
        const afterwards = await known;
        const began = eu.registry.log.requests().filter(({startedAt}) => startedAt > afterwards);
        expect(began).to.not.be.empty;
        for (const {startedAt} of began) expect(startedAt).to.be.at.least(until - 20);
      });
    }
  }

  it('for a day is told of at once, on the side of the source, too', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    dev.registry.faults.add({
      method: 'GET',
      path: /\/manifests\//,
      times: 1,
      action: {status: 429, headers: {'retry-after': '86400'}},
    });
    const began = performance.now();
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(performance.now() - began).to.be.lessThan(20_000);
    expect(report.exitCode).to.equal(5);
    expect(report.error?.message).to.include('86400 s');
  });

  it('for a day is told of at once', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (const method of ['POST', 'PUT']) {
      const fault = eu.registry.faults.add({
        method,
        action: {status: 429, headers: {'retry-after': '86400'}},
      });
      const started = performance.now();
      const {report, destination} = await promoteForTest({from: dev, to: [eu]});
      expect(performance.now() - started).to.be.lessThan(20_000);
      expect(report.exitCode).to.equal(1);
      expect(destination('prod-eu').error).to.include({code: 'rate-limited'});
      expect(destination('prod-eu').error?.message).to.include('86400');
      fault.remove();
    }
  });

  for (const header of [undefined, '-5', 'soon', '', 'Sun, 06 Nov 1994 08:49:37 GMT']) {
    it(`without saying for how long (${header ?? 'no header'}) is asked again, with pauses that grow`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 0});
      const fault = eu.registry.faults.add({
        method: 'POST',
        times: 3,
        action: {status: 429, headers: header === undefined ? {} : {'retry-after': header}},
      });
      const {report} = await promoteForTest({from: dev, to: [eu], retries: {delay: 60}});
      expect(report.exitCode).to.equal(0);
      expect(fault.hits).to.equal(3);
      await expectPromoted(dev, image.digest, eu);
      const asked = eu.registry.log.requests({method: 'POST'}).map(({startedAt}) => startedAt);
      const pauses = asked.slice(1).map((at, i) => at - asked[i]!);
      // at least half of 60, 120 and 240 ms
      for (const [i, pause] of pauses.entries()) expect(pause).to.be.at.least(30 * 2 ** i - 2);
    });
  }
});

/** When an answer that has just been written is surely read, and what was on its way to us has come: both ends are this process. */
async function arrived(): Promise<number> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  return Date.now();
}
