// --events: what happens, as it happens, a JSON document a line. The helper that starts corectl looks at each line of every test.
import {expect} from 'chai';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import path from 'node:path';
import {reached} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';

const to = 'tenant/payments/prod/app';
const promote = ['p2p', 'promote', 'app:1', '--tenant', 'payments', '--from-stage', 'extended-test'];

interface Line {
  readonly kind: string;
  readonly time: string;
  readonly exitCode?: number;
  readonly document?: {readonly error: {readonly code: string} | null};
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const kindsOf = (text: string) => linesOf(text).map(({kind}) => kind);

describe('--events', function () {
  this.timeout(120_000);
  let source: TestRegistry;
  let destination: TestRegistry;
  let home: PromotionHome;
  let file: string;

  beforeEach(async () => {
    source = await startTestRegistry();
    destination = await startTestRegistry();
    await pushImage(source, 'tenant/payments/extended-test/app', '1');
    home = await promotionHome({
      registries: {dev: source.host, 'prod-eu': destination.host},
      stages: {'extended-test': ['dev'], prod: ['prod-eu']},
    });
    file = path.join(home.folder, 'events');
  });
  afterEach(async () => {
    home.remove();
    await Promise.all([source.close(), destination.close()]);
  });

  it('tells a promotion from its start to its report', async () => {
    const {code, stdout, stderr} = await home.corectl([...promote, '--events', file, '--json']);
    expect(code, stderr).to.equal(0);
    const lines = linesOf(readFileSync(file, 'utf8'));
    const kinds = [...new Set(lines.map(({kind}) => kind))];
    expect(kinds.filter((kind) => kind !== 'sent')).to.deep.equal([
      'started',
      'planned',
      'resolved',
      'checked',
      'copying',
      'blob',
      'tagging',
      'done',
      'ended',
    ]);
    expect(lines.at(-1)?.document).to.deep.equal(JSON.parse(stdout));
    const times = lines.map(({time}) => time);
    expect(times).to.deep.equal(times.toSorted());
    expect(lines.filter(({kind}) => kind === 'done')).to.have.length(1);
  });

  it('tells those of saved plans and of promoter manifests alike', async () => {
    const plan = path.join(home.folder, 'plan.json');
    await home.corectl([...promote, '--dry-run', '--save-plan', plan]);
    const applied = await home.corectl(['p2p', 'apply', plan, '--events', '-']);
    expect(applied.code, applied.stderr).to.equal(0);
    expect(kindsOf(applied.stdout)).to.include.members(['started', 'planned', 'done', 'ended']);
    const lost = path.join(home.folder, 'none.yaml');
    const manifest = await home.corectl(['manifest', 'promote', '-m', lost, '--events', '-']);
    expect([manifest.code, kindsOf(manifest.stdout)]).to.deep.equal([2, ['started', 'ended']]);
  });

  it('has stdout for itself where it is asked to', async () => {
    const {code, stdout, stderr} = await home.corectl([...promote, '--events', '-']);
    expect([code, kindsOf(stdout).at(-1)]).to.deep.equal([0, 'ended']);
    expect(stderr).to.contain('1 destination promoted');
    const both = await home.corectl([...promote, '--events', '-', '--json']);
    expect(both.code).to.equal(2);
    expect(both.stderr).to.contain('--events - and --json');
  });

  it('ends with the error where there is no report', async () => {
    const {code} = await home.corectl([...promote.with(2, 'app:2'), '--events', file]);
    const last = linesOf(readFileSync(file, 'utf8')).at(-1);
    expect([code, last?.document?.error?.code]).to.deep.equal([3, 'image-not-found']);
  });

  it('goes on without a full disk, and says so', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const {code, stdout, stderr} = await home.corectl([...promote, '--events', '/dev/full', '--json']);
    expect(stderr.match(/cannot write to the events in \/dev\/full: no space is left/g)).to.have.length(1);
    const document = JSON.parse(stdout) as {ok: boolean; error: {code: string}};
    expect([code, document.ok, document.error.code]).to.deep.equal([1, false, 'output']);
    expect(await tagged(destination, to, '1')).to.be.a('string');
  });

  it('goes on without a reader that went away, and says so', async () => {
    const running = home.start([...promote, '--events', '-']);
    await reached(running, once(running.child.stdout, 'data'));
    running.child.stdout.destroy();
    const {code, stderr} = await running.result;
    expect(stderr).to.contain('cannot write to the events in stdout: its reader is gone (EPIPE)');
    expect([code, typeof (await tagged(destination, to, '1'))]).to.deep.equal([1, 'string']);
  });

  it('does nothing where it cannot be written, or nobody reads it', async () => {
    const pipe = path.join(home.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const place of [path.join(home.folder, 'none', 'events'), home.folder, pipe]) {
      const {code, stderr} = await home.corectl([...promote, '--events', place]);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`error[output]: cannot write to the events in ${place}: `);
    }
    expect(destination.log.requests()).to.deep.equal([]);
  });

  it('empties no file that holds anything but events', async () => {
    const file = path.join(home.folder, 'plan.json');
    const saved = await home.corectl([...promote, '--dry-run', '--save-plan', file]);
    expect(saved.code, saved.stderr).to.equal(0);
    const plan = readFileSync(file, 'utf8');
    // written as one word it is not looked at for events
    for (const args of [['p2p', 'apply', file], promote]) {
      const {code, stderr} = await home.corectl([...args, `--events=${file}`]);
      expect([code, readFileSync(file, 'utf8') === plan], stderr).to.deep.equal([2, true]);
      expect(stderr).to.contain('holds something else than events, and is not written over');
    }
    const events = path.join(home.folder, 'events');
    writeFileSync(events, '');
    for (const kind of ['empty', 'of an earlier run'])
      expect((await home.corectl(['p2p', 'apply', file, '--events', events])).code, kind).to.equal(0);
    expect(kindsOf(readFileSync(events, 'utf8')).filter((kind) => kind === 'started')).to.have.length(1);
  });

  it('writes to a pipe that is read', async () => {
    const pipe = path.join(home.folder, 'pipe');
    const kept = path.join(home.folder, 'kept');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('sh', ['-c', 'exec cat "$0" > "$1"', pipe, kept]);
    const read = once(reader, 'close');
    // the reader opens its end when it comes to it
    let {code} = await home.corectl([...promote, '--events', pipe]);
    for (let tries = 0; code === 2 && tries < 20; tries += 1)
      ({code} = await home.corectl([...promote, '--events', pipe]));
    // one that nobody has written to would be read for ever
    if (code !== 0) reader.kill();
    await read;
    expect([code, kindsOf(readFileSync(kept, 'utf8')).at(-1)]).to.deep.equal([0, 'ended']);
  });

  describe('while a registry is silent', () => {
    let silent: Server;
    let waiting: PromotionHome;
    beforeEach(async () => {
      silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const host = `127.0.0.1:${(silent.address() as {port: number}).port}`;
      waiting = await promotionHome({
        registries: {dev: host, 'prod-eu': host},
        stages: {'extended-test': ['dev'], prod: ['prod-eu']},
      });
    });
    afterEach(() => {
      waiting.remove();
      silent.close();
    });

    it('is there to be read already, and ends however often it is interrupted', async () => {
      const asked = once(silent, 'connection') as Promise<[{destroy: () => void}]>;
      const running = waiting.start([...promote, '--events', file]);
      const [socket] = await reached(running, asked);
      expect(kindsOf(readFileSync(file, 'utf8'))).to.deep.equal(['started', 'planned']);
      running.child.kill('SIGINT');
      running.child.kill('SIGTERM');
      const {code} = await running.result;
      socket.destroy();
      const last = linesOf(readFileSync(file, 'utf8')).at(-1);
      expect([code, last?.exitCode, last?.document?.error?.code]).to.deep.equal([130, 130, 'interrupted']);
    });
  });
});
