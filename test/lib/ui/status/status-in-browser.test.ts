// The page and the picture of where images are, as a browser lays them out: on a desk and on a phone, light and dark.
import {execFile} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import type {StatusCell, StatusReport} from '../../../../src/lib/status/report.ts';
import {statusPage} from '../../../../src/lib/ui/status/status-page.ts';
import {statusPicture} from '../../../../src/lib/ui/status/status-picture.ts';
import {remove, temporaryFolder} from '../../../support/git.ts';
import {describeWith} from '../../../support/real-tools.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const places = [
  ['fast-feedback', 'dev'],
  ['extended-test', 'dev'],
  ['prod', 'prod-eu'],
  ['prod', 'prod-us'],
  ['prod', 'a-region-with-a-rather-long-name'],
] as const;

/** Forty images in five places, with drift, gaps, failures, and a name and a version that are long. */
const report: StatusReport = {
  ok: true,
  exitCode: 0,
  tenant: 'payments',
  images: Array.from({length: 40}, (_, i) => ({
    image: i === 0 ? `a-name/${'of-many-words-'.repeat(5)}` : `service-${i}`,
    cells: places.map(([stage, environment], at) => cellOf(stage, environment, i * 7 + at)),
  })),
  leftOut: [],
  notes: [],
  error: null,
};

function cellOf(stage: string, environment: string, n: number): StatusCell {
  const nothing = {
    tag: null,
    digest: null,
    group: null,
    created: null,
    bytes: null,
    record: null,
    error: null,
  };
  const place = {stage, environment, repository: `registry.example.com/${stage}/app`};
  if (n % 11 === 0) return {...place, ...nothing, state: 'missing', mark: 'gap'};
  return {
    ...{...place, ...nothing, state: 'present', mark: n % 13 === 0 ? 'drift' : null},
    tag: n === 1 ? `1.2.3-${'prerelease.'.repeat(6)}4` : `1.${n}.0`,
    digest: `sha256:${n.toString(16).padStart(64, 'a')}`,
    group: (n % 9) + 1,
    created: '2026-11-20T12:00:00Z',
    bytes: 123_456_789,
    record: 'verified',
  };
}

interface Laid {
  readonly width: number;
  /** Of the page, with what sticks out of it. */
  readonly wide: number;
  readonly cells: number;
  readonly fetched: number;
  /** Of any text against what is behind it, by WCAG 2.1's formula. */
  readonly leastContrast: number;
}

describeWith(['chromium'], 'where images are, in a browser', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = temporaryFolder();
    writeFileSync(path.join(folder, 'status.html'), statusPage(report, now));
    writeFileSync(path.join(folder, 'status.svg'), statusPicture(report, now));
    writeFileSync(path.join(folder, 'look.html'), look);
  });
  after(() => {
    remove(folder);
  });

  // Chromium's own number for each
  for (const [scheme, number] of [
    ['dark', 0],
    ['light', 1],
  ] as const) {
    it(`can be read in ${scheme} colours, on a desk and on a phone, and needs nothing from elsewhere`, async () => {
      const {pages, picture} = await laidOut(folder, number);
      expect(pages.map(({width}) => width)).to.deep.equal([1280, 360]);
      for (const {width, wide, cells, fetched, leastContrast} of pages) {
        expect(wide, `at ${width}`).to.be.at.most(width);
        expect([cells, fetched]).to.deep.equal([200, 0]);
        expect(leastContrast, `at ${width}`).to.be.at.least(4.5);
      }
      expect(picture.cells).to.equal(200);
      expect(picture.outside, 'texts that leave the picture').to.deep.equal([]);
      expect(picture.leastContrast).to.be.at.least(4.5);
    });
  }
});

interface Found {
  readonly pages: readonly Laid[];
  readonly picture: {
    readonly cells: number;
    readonly outside: readonly string[];
    readonly leastContrast: number;
  };
}

/** Opens a page that looks at the others, and reads what it wrote. */
async function laidOut(folder: string, scheme: number): Promise<Found> {
  const stdout = await dumped(folder, scheme).catch(() => dumped(folder, scheme));
  const [, json = ''] = /<pre>(.*?)<\/pre>/s.exec(stdout) ?? [];
  expect(json, stdout.slice(0, 2000)).not.to.equal('');
  const found = JSON.parse(
    json.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  ) as Found;
  expect(found, json).to.have.keys('pages', 'picture');
  return found;
}

/** A browser may stay for ever; it has a profile of its own each time, which another one may still have open. */
async function dumped(folder: string, scheme: number): Promise<string> {
  const profile = mkdtempSync(path.join(folder, 'profile-'));
  const args = [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-web-security'],
    ...['--allow-file-access-from-files', '--no-first-run', '--disable-sync', '--disable-extensions'],
    // what it does besides showing a page: asking its maker for news, and waiting for crashes
    ...['--disable-background-networking', '--disable-component-update', '--disable-breakpad'],
    ...[`--blink-settings=preferredColorScheme=${scheme}`, `--user-data-dir=${profile}`],
    ...['--virtual-time-budget=10000', '--dump-dom', `file://${path.join(folder, 'look.html')}`],
  ];
  const env = {PATH: process.env.PATH, HOME: profile};
  // twice within mocha's two minutes
  const {stdout} = await promisify(execFile)('chromium', args, {env, timeout: 55_000, killSignal: 'SIGKILL'});
  return stdout;
}

const look = `<!doctype html><meta name="color-scheme" content="light dark">
<iframe src="status.html" style="width:1280px;height:900px;border:0"></iframe>
<iframe src="status.html" style="width:360px;height:900px;border:0"></iframe>
<iframe src="status.svg" style="width:1280px;height:900px;border:0"></iframe>
<script>
const numbers = (colour) => colour === 'none' ? [0, 0, 0, 0] : colour.match(/[0-9.]+/g).map(Number);
const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const contrast = (one, other) => {
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
const seen = (colour) => colour.length < 4 || colour[3] > 0;
function behind(view, element) {
  for (let at = element; at; at = at.parentElement) {
    const back = numbers(view.getComputedStyle(at).backgroundColor);
    if (seen(back)) return back;
  }
  throw new Error('nothing is behind the text');
}
const ownText = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '');
function page(frame) {
  const {contentDocument: document, contentWindow: view} = frame;
  const texts = [...document.body.querySelectorAll('*')].filter(ownText);
  return {
    width: view.innerWidth,
    wide: document.documentElement.scrollWidth,
    cells: [...document.querySelectorAll('td')].filter((td) => td.getBoundingClientRect().width > 0).length,
    fetched: view.performance.getEntriesByType('resource').length,
    leastContrast: Math.min(...texts.map((t) => contrast(numbers(view.getComputedStyle(t).color), behind(view, t)))),
  };
}
function picture(frame) {
  const {contentDocument: document, contentWindow: view} = frame;
  const root = document.documentElement.getBoundingClientRect();
  const texts = [...document.querySelectorAll('text')];
  const boxes = [...document.querySelectorAll('rect')].map((r) => [r.getBoundingClientRect(), numbers(view.getComputedStyle(r).fill)]);
  const backOf = ({left, top}) => boxes.filter(([box, fill]) => seen(fill) && box.left <= left && box.top <= top && box.right >= left && box.bottom >= top + 1).at(-1)[1];
  return {
    cells: document.querySelectorAll('[role=cell]').length,
    outside: texts.filter((t) => t.getBoundingClientRect().right > root.right + 1).map((t) => t.textContent),
    leastContrast: Math.min(...texts.map((t) => contrast(numbers(view.getComputedStyle(t).fill), backOf(t.getBoundingClientRect())))),
  };
}
addEventListener('load', () => {
  const [desk, phone, svg] = document.querySelectorAll('iframe');
  const found = document.createElement('pre');
  try {
    found.textContent = JSON.stringify({pages: [page(desk), page(phone)], picture: picture(svg)});
  } catch (error) {
    found.textContent = JSON.stringify({error: String(error.stack)});
  }
  document.body.append(found);
});
</script>`;
