import {expect} from 'chai';
import {Writable} from 'node:stream';
import {drawsOn, promotionListener} from '../../../../src/lib/ui/progress/progress.ts';
import type {DestinationKey, PromotionEvent} from '../../../../src/lib/promotion/events.ts';
import {ScreenModel} from '../../../support/screen.ts';
import {destinationReport, untouched} from '../../../support/reports.ts';

/** A terminal that keeps what it was sent. */
function terminal(columns = 100) {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  const stderr = Object.assign(stream, {isTTY: true, columns, rows: 40}) as unknown as NodeJS.WriteStream;
  return {stderr, chunks, text: () => chunks.join('')};
}

/** What stays on the screen at the end. */
function lastFrame(text: string, columns = 100): string[] {
  const screen = new ScreenModel(columns, 40);
  screen.write(text);
  return screen.lines;
}

const key = (environment: string, image = 'app:1.2.3'): DestinationKey => ({
  image,
  environment,
  stage: 'prod',
  tag: '1.2.3',
});
const planned = (destinations: DestinationKey[]): PromotionEvent => ({
  kind: 'planned',
  dryRun: false,
  destinations: destinations.map((one) => ({...one, reference: 'eu.example.com/prod/app:1.2.3'})),
});

/** Progress on a terminal, of what is planned to go there. */
function drawing(destinations: DestinationKey[], columns?: number) {
  const {stderr, ...kept} = terminal(columns);
  const progress = promotionListener({stderr, isTerminal: true});
  progress.listener(planned(destinations));
  return {stderr, ...kept, ...progress};
}

/** Resolves once the text has been drawn; gives up after 10 s. */
async function drawn(text: () => string, wanted: string): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!text().includes(wanted)) {
    if (performance.now() > limit) throw new Error(`${wanted} was not drawn: ${text().slice(-500)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('progress on a terminal', () => {
  it('shows each image with its destinations and what moves', async () => {
    const {stderr, text} = terminal();
    let now = 0;
    const {listener, stop} = promotionListener({stderr, isTerminal: true, now: () => (now += 1000)});
    listener(planned([key('prod-eu'), key('us')]));
    listener({kind: 'resolved', image: 'app:1.2.3', digest: `sha256:${'ab'.repeat(32)}`, reference: 'r'});
    listener({kind: 'checked', ...key('prod-eu'), existing: 2, missing: 12, missingBytes: 50_000_000});
    listener({kind: 'copying', ...key('prod-eu')});
    listener({kind: 'blob', how: 'mounted', bytes: 10_000_000, ...key('prod-eu')});
    await drawn(text, '10 MB of 50 MB, 1 mounted, 2 already there');
    listener({kind: 'sent', bytes: 2_000_000, ...key('prod-eu')});
    await drawn(text, '12 MB of 50 MB, ');
    await drawn(text, 'left, 1 mounted');
    listener({kind: 'done', ...key('prod-eu'), result: destinationReport()});
    listener({
      kind: 'done',
      ...key('us'),
      result: untouched({
        status: 'failed',
        error: {code: 'x', message: 'no space', suggestions: [], side: null},
      }),
    });
    await stop();
    expect(lastFrame(text())).to.deep.equal([
      '⚠ app:1.2.3  sha256:abababababab',
      '  ✔ prod-eu (prod)  promoted in 1.8 s, 11 mounted, 1 copied (10.9 kB), 2 already there',
      '  ✖ us (prod)       failed: no space',
    ]);
  });

  it('shows what it knows when everything is over before it could draw', async () => {
    const {text, listener, stop} = drawing([key('prod-eu')]);
    await new Promise((resolve) => setImmediate(resolve));
    listener({kind: 'resolved', image: 'app:1.2.3', digest: `sha256:${'ab'.repeat(32)}`, reference: 'r'});
    listener({kind: 'done', ...key('prod-eu'), result: untouched({status: 'up-to-date'})});
    await stop();
    expect(lastFrame(text())).to.deep.equal([
      '✔ app:1.2.3  sha256:abababababab',
      '  ✔ prod-eu (prod)  up to date',
    ]);
  });

  it('writes nothing after it was stopped', async () => {
    const {chunks, listener, stop} = drawing([key('prod-eu')]);
    await stop();
    const written = chunks.length;
    listener({kind: 'done', ...key('prod-eu'), result: destinationReport()});
    await new Promise((resolve) => setImmediate(resolve));
    expect(chunks).to.have.length(written);
  });

  it('shows how far each destination was when it is stopped in the middle', async () => {
    const {text, listener, stop} = drawing([key('prod-eu')]);
    listener({kind: 'checked', ...key('prod-eu'), existing: 2, missing: 12, missingBytes: 50_000_000});
    await stop();
    expect(lastFrame(text())).to.deep.equal(['◼ app:1.2.3', '  ◼ prod-eu (prod)  50 MB missing']);
  });

  it('never hides the cursor, which a killed process could not bring back', async () => {
    const {text, stop} = drawing([key('prod-eu')]);
    await stop();
    expect(text()).not.to.contain('\u001b[?25l');
  });

  it('marks what an interruption left undone, and never as done', async () => {
    const {text, listener, stop} = drawing([key('prod-eu'), key('us')]);
    listener({kind: 'done', ...key('us'), result: destinationReport()});
    const error = {code: 'interrupted', message: 'interrupted', suggestions: [], side: null};
    listener({kind: 'done', ...key('prod-eu'), result: untouched({status: 'skipped', error})});
    await stop();
    expect(lastFrame(text())).to.deep.equal([
      '◼ app:1.2.3',
      '  ◼ prod-eu (prod)  not done: interrupted',
      '  ✔ us (prod)       promoted in 1.8 s, 11 mounted, 1 copied (10.9 kB), 2 already there',
    ]);
  });

  it('tells what a registry does with what it was sent', async () => {
    const {text, listener, stop} = drawing([key('prod-eu')]);
    await drawn(text, 'checking');
    listener({kind: 'checked', ...key('prod-eu'), existing: 0, missing: 1, missingBytes: 1000});
    listener({kind: 'copying', ...key('prod-eu')});
    listener({kind: 'sent', ...key('prod-eu'), bytes: 1000});
    await drawn(text, 'waiting for eu.example.com to store it');
    await stop();
  });

  it('leaves room for what happens beside long names', async () => {
    const long = 'platform-production-europe-west-cluster-001';
    const {text, listener, stop} = drawing([key(long), key('us')], 80);
    for (const one of [key(long), key('us')])
      listener({kind: 'done', ...one, result: untouched({status: 'up-to-date'})});
    await stop();
    expect(lastFrame(text(), 80)).to.deep.equal([
      '✔ app:1.2.3',
      '  ✔ platform-product…ster-001 (prod)  up to date',
      `  ✔ ${'us (prod)'.padEnd(32)}  up to date`,
    ]);
  });

  it('shows failures before what is copied, and the total in any window', async () => {
    const {stderr, text} = terminal();
    Object.assign(stderr, {rows: 4});
    const {listener, stop} = promotionListener({stderr, isTerminal: true});
    const keys = Array.from({length: 40}, (_, index) => key(`prod-${index}`));
    listener(planned(keys));
    for (const one of keys) {
      listener({kind: 'checked', ...one, existing: 0, missing: 1, missingBytes: 1_000_000});
      listener({kind: 'copying', ...one});
    }
    const error = {code: 'unreachable', message: 'gone', suggestions: [], side: null};
    listener({kind: 'done', ...key('prod-39'), result: untouched({status: 'failed', error})});
    await drawn(text, 'and 39 more');
    const frame = lastFrame(text()).map((line) => line.replace(/^( *)[^ ✖]/u, '$1*'));
    expect(frame).to.deep.equal([
      '* 1 of 40 destinations done, 1 failed, 0 B of 40 MB',
      '  ✖ prod-39 (prod)  failed: gone',
      '  * and 39 more',
    ]);
    await stop();
  });

  it('leaves nothing behind in a window that becomes narrower', async () => {
    const screen = new ScreenModel(100, 12);
    const {stderr, chunks, text, stop} = drawing([key('prod-eu'), key('us')]);
    await drawn(text, 'checking');
    let read = 0;
    const show = () => {
      for (const chunk of chunks.slice(read)) screen.write(chunk);
      read = chunks.length;
    };
    for (const columns of [60, 17, 9, 40]) {
      show();
      screen.resize(columns, 12);
      Object.assign(stderr, {columns});
      await drawn(() => (chunks.length > read ? 'drawn' : ''), 'drawn');
    }
    show();
    expect(screen.scrollback).to.deep.equal([]);
    expect(screen.lines).to.have.length(3);
    await stop();
  });

  it('sums many destinations up and never fills more than ten rows', async () => {
    const keys = Array.from({length: 40}, (_, index) => key(`prod-${index}`));
    const {text, chunks, listener, stop} = drawing(keys);
    for (const one of keys) {
      listener({kind: 'checked', ...one, existing: 0, missing: 1, missingBytes: 1_000_000});
      listener({kind: 'copying', ...one});
      listener({kind: 'sent', ...one, bytes: 500_000});
    }
    await drawn(text, '0 of 40 destinations done, 20 MB of 40 MB');
    const tallest = Math.max(
      ...chunks.map((chunk) => chunk.split('\n').filter((line) => line.includes('prod-')).length),
    );
    expect(tallest).to.equal(8);
    for (const one of keys)
      listener({
        kind: 'done',
        ...one,
        result: one.environment === 'prod-7' ? untouched({status: 'failed'}) : destinationReport(),
      });
    await stop();
    expect(lastFrame(text())).to.deep.equal([
      '⚠ 40 of 40 destinations done, 1 failed, 20 MB of 40 MB',
      '  ✖ prod-7 (prod)  failed',
    ]);
  });

  it('counts what is done already towards the rate of many', async () => {
    const {stderr, text} = terminal();
    let now = 0;
    const {listener, stop} = promotionListener({stderr, isTerminal: true, now: () => (now += 1000)});
    const keys = Array.from({length: 40}, (_, index) => key(`prod-${index}`));
    listener(planned(keys));
    await drawn(text, 'checking 40 destinations');
    for (const one of keys) {
      listener({kind: 'checked', ...one, existing: 0, missing: 1, missingBytes: 1_000_000});
      listener({kind: 'copying', ...one});
      listener({kind: 'sent', ...one, bytes: 1_000_000});
    }
    for (const one of keys.slice(1)) listener({kind: 'done', ...one, result: destinationReport()});
    await drawn(text, '39 of 40 destinations done, 40 MB of 40 MB, ');
    await stop();
    // 40 MB within three of the clock's seconds, not one of them
    expect(text()).to.match(/39 of 40 destinations done, 40 MB of 40 MB, \d\d MB\/s/);
  });

  it('draws at its own pace, not for each event', async () => {
    const {chunks, text, listener, stop} = drawing([key('prod-eu')]);
    listener({kind: 'copying', ...key('prod-eu')});
    await drawn(text, '0 B');
    const before = chunks.length;
    for (let sent = 0; sent < 10_000; sent += 1) listener({kind: 'sent', ...key('prod-eu'), bytes: 65_536});
    expect(chunks).to.have.length(before);
    await stop();
  });

  it('cuts a line that is wider than the terminal', async () => {
    const {text, listener, stop} = drawing([key('prod-eu')], 30);
    listener({kind: 'done', ...key('prod-eu'), result: destinationReport()});
    await stop();
    expect(lastFrame(text())[1]).to.match(/^ {2}✔ prod-.*…$/);
    expect(Math.max(...lastFrame(text()).map((line) => line.length))).to.be.lessThan(30);
  });

  it('tells of warnings below the rows', async () => {
    const {text, listener, stop} = drawing([key('prod-eu')]);
    listener({kind: 'warning', message: 'a layer stays where it is'});
    listener({kind: 'done', ...key('prod-eu'), result: destinationReport()});
    await stop();
    expect(text()).to.match(/warning: a layer stays where it is\n$/);
  });

  it('shows a warning although nothing was planned', async () => {
    const {stderr, text} = terminal();
    const {listener, stop} = promotionListener({stderr, isTerminal: true});
    listener({kind: 'warning', message: 'odd'});
    await stop();
    expect(text()).to.equal('warning: odd\n');
  });

  for (const [title, changes, isTerminal] of [
    ['there is no terminal', {}, false],
    ['the terminal has 0 columns', {columns: 0}, true],
  ] as const) {
    it(`is lines where ${title}`, async () => {
      const {stderr, text} = terminal();
      Object.assign(stderr, changes);
      const {listener, stop} = promotionListener({stderr, isTerminal});
      listener(planned([key('prod-eu')]));
      await stop();
      expect(text()).to.equal('promoting 1 image to 1 destination\n');
    });
  }

  it('is drawn only on a terminal with columns and without NO_COLOR', () => {
    const on = (changes: object, env: NodeJS.ProcessEnv = {}) =>
      drawsOn(Object.assign(terminal().stderr, changes), env);
    expect(on({})).to.equal(true);
    expect(on({}, {NO_COLOR: ''})).to.equal(true);
    expect(on({}, {NO_COLOR: '1'})).to.equal(false);
    expect(on({}, {TERM: 'dumb'})).to.equal(false);
    expect(on({columns: 0})).to.equal(false);
    expect(on({isTTY: undefined})).to.equal(false);
  });
});
