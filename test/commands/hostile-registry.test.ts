import {expect} from 'chai';
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Exchange} from '../../src/lib/registry/exchange.ts';
import {reached, runCli, startCli} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {
  pushIndex,
  redirectBlobs,
  startObjectStore,
  startTestRegistry,
  type Fault,
  type TestRegistry,
} from '../support/registry.ts';

const evil =
  '\u001b]0;pwn\u0007\u001b]52;c;cHdu\u0007\u001b]8;;http://x\u0007\r\n::error::x\n::add-mask::a\n##vso[task.x]\u009b31m\u202e\u061c\u2028y in the middle ##[group]z #\u00ad#[error]';
const evilBody = JSON.stringify({errors: [{code: evil, message: evil, detail: evil}]});
const [password, refreshToken] = ['canary-password-77aa', 'canary-refresh-88bb'];
// what a header may hold
const evilHeader = '299 - "::error::x\u009b31msee ##vso[task.x]\u0085"';

describe('corectl p2p promote, whatever a registry says', function () {
  let dev: TestRegistry;
  let eu: TestRegistry;
  let store: Awaited<ReturnType<typeof startObjectStore>>;
  let home: PromotionHome;

  beforeEach(async () => {
    const users = [{name: 'robot', password, refreshToken}];
    const options = {auth: {kind: 'bearer', users}, uploadQuery: 'sig=canary-signature'} as const;
    [dev, eu] = await Promise.all([startTestRegistry(options), startTestRegistry(options)]);
    store = await startObjectStore(dev);
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host},
      stages: {'fast-feedback': ['dev'], prod: ['prod-eu']},
      logins: {[dev.host]: ['robot', password]},
    });
    // one login by password, one by identity token
    const config = path.join(home.folder, 'home', 'docker', 'config.json');
    const {auths} = JSON.parse(readFileSync(config, 'utf8')) as {auths: Record<string, unknown>};
    writeFileSync(config, JSON.stringify({auths: {...auths, [eu.host]: {identitytoken: refreshToken}}}));
    await pushIndex(dev, 'tenant/payments/fast-feedback/app', '1', {layers: 1, platforms: ['linux/amd64']});
  });
  afterEach(async () => {
    home.remove();
    await Promise.all([dev.close(), eu.close(), store.close()]);
  });

  const args = ['p2p', 'promote', 'app:1', '--tenant', 'payments', '--from-stage', 'fast-feedback'];

  const faults: Record<string, {from: 'dev' | 'eu'} & Fault> = {
    'in an error of the source': {
      from: 'dev',
      method: 'GET',
      path: /\/manifests\//,
      action: {status: 403, body: evilBody},
    },
    'in an error for an upload': {from: 'eu', method: 'PUT', action: {status: 400, body: evilBody}},
    'in an error of a token service': {from: 'eu', path: /^\/token/, action: {status: 401, body: evilBody}},
    'in its warnings': {from: 'dev', action: {headers: {warning: evilHeader}}},
    'as an unending redirect with a signature': {
      from: 'dev',
      method: 'GET',
      path: /\/blobs\//,
      action: {status: 307, headers: {location: '/v2/x/blobs/y?X-Amz-Signature=canary-presigned'}},
    },
    'as a Location with a password': {
      from: 'eu',
      method: 'POST',
      path: /\/uploads\//,
      action: {status: 202, headers: {location: 'ftp://canary-user:canary-pass@x/?token=canary-token'}},
    },
    'before it cuts the connection': {from: 'eu', method: 'PUT', action: {reset: true}},
  };
  for (const [where, {from, ...fault}] of Object.entries(faults)) {
    it(`${where}: no cursor moves, no line is forged, no CI system is commanded, no secret and no stack is shown`, async () => {
      if (fault.path?.source !== '\\/blobs\\/') dev.faults.add(redirectBlobs(store));
      (from === 'dev' ? dev : eu).faults.add(fault);
      const env = {CORECTL_IDLE_TIMEOUT: '5'};
      const [plain, json] = await Promise.all([
        home.corectl([...args, '--verbose'], {env}),
        home.corectl([...args, '--verbose', '--json'], {env}),
      ]);
      expect(where === 'in its warnings' ? plain.code === 0 : plain.code !== 0).to.equal(true);
      const tokens = [dev, eu].flatMap(({log}) =>
        log
          .requests()
          .flatMap(({headers}) =>
            headers.authorization === undefined ? [] : String(headers.authorization).replace(/^\w+ /, ''),
          ),
      );
      expect(tokens).not.to.have.length(0);
      for (const {stdout, stderr} of [plain, json]) {
        for (const output of [stdout, stderr]) {
          expect(output).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
          expect(output).not.to.match(/^\s*::|##\w*\[|[\u00ad\u061c]/m);
          expect(output).not.to.match(/^ {4}at /m);
          expect(output).not.to.match(/canary|a%2Fb%2Bc|fetch failed/);
          for (const token of tokens) expect(output).not.to.include(token);
        }
      }
      JSON.parse(json.stdout);
    });
  }

  it('in GitHub Actions: nothing is a command but what corectl means to be one', async () => {
    eu.faults.add({method: 'PUT', action: {status: 400, body: evilBody}});
    dev.faults.add({action: {headers: {warning: evilHeader}}});
    const {stdout, stderr} = await home.corectl([...args, '--verbose'], {env: {GITHUB_ACTIONS: 'true'}});
    expect(stderr).to.include('warning: ');
    const meant = /^::(?:group::progress|endgroup::|error title=corectl%3A registry-error::destination .*)$/;
    const lines = `${stdout}\n${stderr}`.split('\n');
    for (const line of lines.filter((one) => !meant.test(one))) expect(line).not.to.match(/^\s*::|##\w*\[/);
    expect(lines.filter((line) => meant.test(line))).to.have.length(3);
    expect(stderr).not.to.match(/^::.*##\w*\[/m);
  });

  it('what quotes the request shows nothing of its login, in whichever form, whole or cut', async () => {
    const users = [{name: 'robot', password}];
    const quoting = await startTestRegistry({auth: {kind: 'basic', users}});
    const other = await promotionHome({
      registries: {dev: quoting.host, 'prod-eu': eu.host},
      stages: {'fast-feedback': ['dev'], prod: ['prod-eu']},
      logins: {[quoting.host]: ['robot', password]},
    });
    const basic = Buffer.from(`robot:${password}`).toString('base64');
    const quotes = [`Basic ${basic}`, password, `${basic.slice(0, 26)}…`, `${'x'.repeat(270)} ${basic}`];
    for (const quoted of quotes) {
      quoting.faults.clear();
      const body = JSON.stringify({errors: [{code: 'DENIED', message: `refused: ${quoted}`}]});
      const match = ({request}: Exchange) => request.headers.authorization !== undefined;
      quoting.faults.add({method: 'GET', match, action: {status: 403, body}});
      const {code, stdout, stderr} = await other.corectl([...args, '--json', '--verbose']);
      expect(code).to.equal(5);
      expect(stdout).to.include('refused: ').and.include('***');
      expect(stdout + stderr)
        .not.to.include('canary')
        .and.not.to.include(basic.slice(0, 20));
    }
    other.remove();
    await quoting.close();
  });

  it('libraries that are asked for their own logs print no secret, and nothing into the document', async () => {
    const env = {
      DEBUG: '*',
      NODE_DEBUG: 'http,net',
      GOOGLE_SDK_NODE_LOGGING: '*',
      AZURE_LOG_LEVEL: 'verbose',
      LOG_STREAM: 'corectl',
      LOG_TOKENS: '1',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'canary-request-token',
      GH_TOKEN: 'canary-gh-token',
    };
    for (const command of [args, ['update'], ['policy', 'check']]) {
      const {code, stdout, stderr} = await home.corectl([...command, '--json'], {env});
      expect(code, stderr).to.equal(0);
      expect(() => JSON.parse(stdout) as unknown, stdout.slice(0, 200)).not.to.throw();
      expect(stdout + stderr).not.to.match(/canary/);
    }
  });

  it('a warning is told once, on stderr', async () => {
    for (const {faults} of [dev, eu])
      faults.add({action: {headers: {warning: '299 - "Your login ends on Friday"'}}});
    const {code, stdout, stderr} = await home.corectl([...args, '--json']);
    expect(code).to.equal(0);
    expect(
      stderr
        .split('\n')
        .filter((line) => line.includes('ends on Friday'))
        .sort(),
    ).to.deep.equal([dev, eu].map(({host}) => `warning: ${host}: Your login ends on Friday`).sort());
    expect(stdout).not.to.include('Friday');
  });

  it('no secret is written to a file, not even for a moment or when it is killed', async () => {
    const temporary = path.join(home.folder, 'tmp');
    mkdirSync(temporary);
    const before = files(home.folder);
    eu.faults.add({method: 'PUT', path: /\/uploads\//, action: {stall: 'request'}});
    const mask = process.umask(0);
    const running = startCli(args, {home: path.join(home.folder, 'home'), env: {TMPDIR: temporary}});
    process.umask(mask);
    await reached(running, eu.log.until({method: 'POST', path: /\/uploads\//}));
    const during = files(home.folder);
    running.child.kill('SIGKILL');
    await running.result;
    for (const found of [during, files(home.folder)]) {
      for (const file of found.filter((one) => !before.includes(one))) {
        expect(readFileSync(file, 'latin1'), file).not.to.match(/canary/);
        expect(statSync(file).mode & 0o022, `mode of ${file}`).to.equal(0);
      }
    }
    // and it holds nothing up
    eu.faults.clear();
    expect((await home.corectl(args)).code).to.equal(0);
  });

  it('nothing runs that a name could smuggle into a shell', async () => {
    const made = path.join(home.folder, 'made');
    for (const smuggled of [`$(touch ${made})`, `\`touch ${made}\``, `;touch ${made}`, `\n touch ${made}`]) {
      for (const [i, flag] of [2, 4, 6].entries()) {
        const tried = [...args];
        tried[flag] = i === 0 ? `app:${smuggled}` : smuggled;
        const {code, stderr} = await home.corectl(tried);
        expect(code).to.equal(2);
        expect(stderr).not.to.match(/^touch/m);
      }
    }
    const explicit = ['--source-registry', `${dev.host}/$(touch ${made})`, '--source-stage', 'a'];
    const {code} = await runCli(
      ['p2p', 'promote', 'app:1', ...explicit, '--dest-registry', `${eu.host}/x`, '--dest-stage', 'b'],
      {home: path.join(home.folder, 'home')},
    );
    expect(code).to.equal(2);
    expect(files(home.folder)).not.to.include(made);
    expect([...dev.log.requests(), ...eu.log.requests()]).to.deep.equal([]);
  });
});

function files(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
