import {expect} from 'chai';
import {newHeartbeat} from '../../../../src/lib/ui/progress/heartbeat.ts';
import {lineListener} from '../../../../src/lib/ui/progress/lines.ts';
import type {PromotionEvent} from '../../../../src/lib/promotion/events.ts';
import {destinationReport, untouched} from '../../../support/reports.ts';

const key = {image: 'app:1.2.3', environment: 'prod-eu', stage: 'prod', tag: '1.0.0'};
const digest = `sha256:${'ab'.repeat(32)}`;

function linesOf(events: PromotionEvent[]): string[] {
  const lines: string[] = [];
  const listener = lineListener((line) => lines.push(line));
  for (const event of events) listener(event);
  return lines;
}

describe('progress without a terminal', () => {
  it('is a handful of lines for thousands of destinations, whatever comes of them', () => {
    const keys = Array.from({length: 6837}, (_, index) => ({...key, image: `app-${index}:1`}));
    const error = {code: 'unreachable', message: 'no answer', suggestions: [], side: null};
    const failed = untouched({status: 'failed', error});
    const events = keys.flatMap((one, index): PromotionEvent[] => [
      {kind: 'copying', ...one},
      {kind: 'done', ...one, result: index % 2 === 0 ? destinationReport() : failed},
    ]);
    const destinations = keys.map((one) => ({...one, reference: 'r'}));
    const lines = linesOf([{kind: 'planned', dryRun: false, destinations}, ...events]);
    expect(lines[0]).to.equal('promoting 6837 images to 6837 destinations\n');
    expect(lines).to.have.length(21);
  });

  it('is a line for each change of state and none for blobs', () => {
    const lines = linesOf([
      {kind: 'planned', dryRun: false, destinations: [{...key, reference: 'r'}]},
      {kind: 'resolved', image: key.image, digest, reference: 'dev.example.com/app:1.2.3'},
      {kind: 'checked', ...key, existing: 2, missing: 12, missingBytes: 48_210_912},
      {kind: 'copying', ...key},
      {kind: 'blob', how: 'mounted', bytes: 7, ...key},
      {kind: 'sent', bytes: 65_536, ...key},
      {kind: 'blob', how: 'copied', bytes: 7, ...key},
      {kind: 'warning', message: 'a layer stays where it is'},
      {kind: 'tagging', ...key},
      {kind: 'done', ...key, result: destinationReport()},
    ]);
    expect(lines).to.deep.equal([
      'promoting 1 image to 1 destination\n',
      `app:1.2.3: dev.example.com/app:1.2.3 is ${digest}\n`,
      'app:1.2.3 → prod-eu (prod): 12 blobs missing (48.2 MB), 2 blobs already there\n',
      'app:1.2.3 → prod-eu (prod): copying\n',
      'warning: a layer stays where it is\n',
      'app:1.2.3 → prod-eu (prod): tagging\n',
      'app:1.2.3 → prod-eu (prod): promoted in 1.8 s, 11 mounted, 1 copied (10.9 kB), 2 already there\n',
    ]);
  });

  it('says that a dry run writes nothing', () => {
    const destinations = [
      {...key, reference: 'r'},
      {...key, environment: 'prod-us', reference: 'r'},
    ];
    expect(linesOf([{kind: 'planned', dryRun: true, destinations}])).to.deep.equal([
      'previewing 1 image to 2 destinations; nothing is written\n',
    ]);
  });

  for (const [title, result, expected] of [
    ['up to date', untouched({status: 'up-to-date'}), 'up to date'],
    [
      'failed',
      untouched({status: 'failed', error: {code: 'x', message: 'no space', suggestions: [], side: null}}),
      'failed: no space',
    ],
    ['in conflict', untouched({status: 'conflict'}), 'conflict'],
    ['skipped', untouched({status: 'skipped'}), 'not done'],
    [
      'looked at',
      destinationReport({status: 'would-promote'}),
      'would promote, 11 to mount, 1 to copy (10.9 kB), 2 already there',
    ],
  ] as const) {
    it(`tells of a destination that was ${title}`, () => {
      expect(linesOf([{kind: 'done', ...key, result}])).to.deep.equal([
        `app:1.2.3 → prod-eu (prod): ${expected}\n`,
      ]);
    });
  }

  it('keeps what came from a registry on its line and without escapes', () => {
    const error = {code: 'x', message: 'red \u001b[31m\n::error::forged', suggestions: [], side: null};
    const [line = ''] = linesOf([{kind: 'done', ...key, result: untouched({status: 'failed', error})}]);
    expect(line.slice(0, -1)).to.not.match(/[\n\u001b]/);
  });

  it('tells of many destinations only what was written or failed', () => {
    const many = Array.from({length: 5000}, (_, index) => ({
      ...key,
      environment: `e-${index}`,
      reference: 'r',
    }));
    const lines = linesOf([
      {kind: 'planned', dryRun: false, destinations: many},
      ...many.flatMap((one): PromotionEvent[] => [
        {kind: 'resolved', image: one.image, digest, reference: 'r'},
        {kind: 'checked', ...one, existing: 2, missing: 0, missingBytes: 0},
        {kind: 'done', ...one, result: untouched({status: one === many[7] ? 'failed' : 'up-to-date'})},
      ]),
    ]);
    expect(lines).to.deep.equal([
      'promoting 1 image to 5000 destinations\n',
      'app:1.2.3 → e-7 (prod): failed\n',
    ]);
  });

  it('gives a sign of life every 15 s, and every 30 s after 5 minutes', () => {
    let time = 0;
    const written: string[] = [];
    const {listener, beat} = newHeartbeat({now: () => time, write: (line) => written.push(line)});
    const destinations = ['eu', 'us'].map((environment) => ({...key, environment, reference: 'r'}));
    listener({kind: 'planned', dryRun: false, destinations});
    for (const one of destinations)
      listener({kind: 'checked', ...one, existing: 0, missing: 1, missingBytes: 500_000_000});
    listener({kind: 'copying', ...destinations[0]!});
    for (; time <= 600_000; time += 1000) {
      beat();
      listener({kind: 'sent', ...destinations[0]!, bytes: 500_000});
    }
    expect(written[0]).to.equal(
      'after 15 s: 0 of 2 destinations done, 7.5 MB of 1 GB, 500 kB/s, 33 min 5 s left; under way: eu',
    );
    expect(written).to.have.length(19 + 10);
  });
});
