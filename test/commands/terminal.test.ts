import {expect} from 'chai';
import {packageFolder, isolated} from '../support/cli.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {describeInTerminal, inTerminal, type Terminal} from '../support/pseudo-terminal.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';
import path from 'node:path';

const from = 'tenant/payments/extended-test/app';
const size = {columns: 100, height: 20};

describeInTerminal('a promotion in a terminal', () => {
  let registry: TestRegistry;
  let home: PromotionHome;
  let terminal: Terminal | undefined;

  before(async () => {
    registry = await startTestRegistry();
    home = await promotionHome({
      registries: {dev: registry.host, 'prod-eu': registry.host.replace('127.0.0.1', 'localhost')},
      stages: {'extended-test': ['dev'], prod: ['prod-eu']},
    });
    await pushImage(registry, from, '1', {layers: 2, layerSize: 400_000});
  });
  beforeEach(() => {
    // a destination that takes the first bytes of a blob and then no more
    registry.faults.add({method: 'PUT', path: /\/blobs\//, action: {stall: 'request', afterBytes: 1000}});
  });
  afterEach(async () => {
    registry.faults.clear();
    terminal?.type('\u0003\u0003');
    await terminal?.ended;
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  /** `shell` starts it as a job, and brings it back once it is suspended. */
  function promote(shell: readonly string[] = []): Terminal {
    const words = 'p2p promote app:1 --tenant payments --from-stage extended-test'.split(' ');
    const command = [...shell, process.execPath, path.join(packageFolder, 'bin/run.js'), ...words];
    return (terminal = inTerminal(command, {
      ...size,
      cwd: home.folder,
      env: {...isolated(path.join(home.folder, 'home')), NO_COLOR: '', TERM: 'xterm-256color'},
    }));
  }

  // its 800 kB fit between two processes: what the registry does not read is under way, and all is sent
  const isUnderWay = ({text}: {text: string}) => text.includes('to store it');

  it('says at Ctrl-C that it was interrupted and what is not done, without a tick', async () => {
    const {until, type, ended, screen} = promote();
    await until(isUnderWay);
    type('\u0003');
    expect(await ended).to.equal(130);
    expect(screen.text).to.match(/◼ app:1 .*\n {2}◼ prod-eu \(prod\) +not done: interrupted/);
    expect(screen.text).to.match(/\nInterrupted after [^:]+: 1 destination not done\./);
    expect(screen.text).not.to.contain('✔');
  });

  it('ends at once at a second Ctrl-C, and leaves a terminal with a cursor', async () => {
    const {until, type, ended, raw} = promote();
    await until(isUnderWay);
    type('\u0003\u0003');
    expect(await ended).to.equal(130);
    expect(raw()).not.to.contain('\u001b[?25l');
    expect(raw()).not.to.match(/\?7l(?![^]*\?7h)/);
  });

  it('leaves a cursor at Ctrl-Z, and goes on below what the shell said', async () => {
    // long enough for the next drawing to be overdue when it goes on
    const job = ['bash', '-c', 'set -m; "$@"; echo suspended; sleep 0.5; fg; exit $?', 'bash'];
    const {until, type, ended, screen, raw} = promote(job);
    await until(isUnderWay);
    type('\u001a');
    const belowShell = ({lines}: {lines: readonly string[]}) =>
      lines.slice(lines.findLastIndex((line) => line === '"$@"') + 1);
    await until((seen) => seen.text.includes('suspended') && belowShell(seen).length === 2);
    expect(belowShell(screen)[1]).to.contain('to store it');
    expect(raw()).not.to.contain('\u001b[?25l');
    type('\u0003');
    expect(await ended).to.equal(130);
    expect(screen.text).to.contain('Interrupted after');
  });

  it('follows the size of its window, and fills no scrollback', async () => {
    const {until, resize, type, ended, screen} = promote();
    await until(isUnderWay);
    for (const columns of [60, 30, 22]) {
      resize(columns, size.height);
      await until(
        ({lines}) => lines.length >= 2 && lines.every((line) => line.length < columns) && lines.length < 4,
      );
    }
    resize(90, 8);
    await until(isUnderWay);
    expect(screen.scrollback).to.deep.equal([]);
    expect(screen.lines).to.have.length(2);
    type('\u0003');
    await ended;
  });
});
