import {expect} from 'chai';
import fc from 'fast-check';
import type {Report} from '../../../src/lib/promotion/report.ts';
import {mergeReports, type ShardFile} from '../../../src/lib/shards/merge.ts';
import {shareOf} from '../../../src/lib/shards/shard.ts';
import type {CorectlError} from '../../../src/lib/errors.ts';
import {renderReport} from '../../../src/lib/ui/summary.ts';
import {untouched} from '../../support/reports.ts';

type Status = Report['images'][number]['destinations'][number]['status'];
type PromotionFile = ShardFile & {kind: 'promotion'};

const digest = `sha256:${'a'.repeat(64)}`;

function image(name: string, status: Status = 'promoted'): Report['images'][number] {
  return {
    image: name,
    digest,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    source: {environment: 'dev', stage: 'test', reference: `dev.example.com/test/${name}`},
    destinations: [
      untouched({
        status,
        reference: `prod.example.com/prod/${name}`,
        error:
          status === 'failed' ? {code: 'denied', message: 'no', suggestions: [], side: 'destination'} : null,
      }),
    ],
    policy: null,
    leftOut: [],
  };
}

const head = {ok: true, dryRun: false, tenant: 'payments', fromStage: 'test', exitCode: 0, error: null};

/** The reports of all shards of a promotion of these images. */
function reportsOf(images: readonly Report['images'][number][], of: number): PromotionFile[] {
  const units = images.map((one, position) => ({name: one.image, ties: [], weight: 1, one, position}));
  return Array.from({length: of}, (_, index): PromotionFile => {
    const number = index + 1;
    const own = shareOf(units, {number, of});
    const isWell = own.every(({one}) => one.destinations.every(({error}) => error === null));
    const positions = own.map(({position}) => position);
    const shard = {number, of, run: '17', plan: digest, total: images.length, positions};
    const report = {
      ...{...head, ok: isWell, exitCode: isWell ? 0 : 1},
      durationMs: number,
      images: own.map(({one}) => one),
      shard,
    };
    return {kind: 'promotion', file: `${number}.json`, report};
  });
}

const merged = (files: readonly ShardFile[]) => {
  const [first, ...rest] = files;
  return mergeReports([first!, ...rest]).report as Report;
};
const refusal = (files: readonly ShardFile[]) => {
  try {
    return `merged, exit code ${merged(files).exitCode}`;
  } catch (error) {
    const {code, exitCode, message} = error as CorectlError;
    return `${code} ${exitCode}: ${message}`;
  }
};

const five = () =>
  reportsOf(
    ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'].map((name) => image(name)),
    3,
  );
/** Five images in three shards, whose second has been changed. */
const changed = (change: (report: PromotionFile['report']) => unknown): PromotionFile[] =>
  five().map((file, index) =>
    index === 1 ? {...file, report: {...file.report, ...(change(file.report) as object)}} : file,
  );

describe('reports of shards, merged', () => {
  it('are what one process would have told, in whatever order they come', () => {
    const some = fc.uniqueArray(fc.string({minLength: 1}), {maxLength: 30});
    fc.assert(
      fc.property(some, fc.integer({min: 1, max: 10}), fc.func(fc.nat()), (names, of, order) => {
        const images = names.map((name) => image(name));
        const shuffled = reportsOf(images, of).sort((one, other) => order(one.file) - order(other.file));
        const {shards, ...report} = merged(shuffled);
        expect(report).to.deep.equal({...head, durationMs: of, images});
        expect(shards!.map(({number}) => number)).to.deep.equal(shuffled.map((_, index) => index + 1));
      }),
    );
  });

  it('end with 1 where a destination failed in one of them', () => {
    const report = merged(reportsOf([image('a:1'), image('b:1', 'failed'), image('c:1')], 3));
    expect([report.ok, report.exitCode]).to.deep.equal([false, 1]);
    expect(renderReport(report)).to.contain('3 shards: 2/3 ended with exit code 1.');
  });

  const stopped = (exitCode: number, status: Status) =>
    changed(({images}) => ({
      ...{ok: false, exitCode},
      error: {code: 'conflict', message: `ended with ${exitCode}`, suggestions: [], side: null},
      images: images.map((one) => image(one.image, status)),
    }));
  for (const [code, whole] of [
    [130, 130],
    [2, 2],
    [4, 1],
    [5, 1],
    [6, 1],
    [3, 3],
    [1, 1],
  ] as const)
    it(`end with ${whole} where one ended with ${code} and the others have written`, () => {
      const report = merged(stopped(code, 'skipped'));
      expect([report.ok, report.exitCode, report.error?.message]).to.deep.equal([
        false,
        whole,
        `ended with ${code}`,
      ]);
      expect(renderReport(report)).to.contain(`ended with ${code}`).and.not.contain('Nothing was written');
    });

  it('end with what stopped them all where nothing was written', () => {
    const files = five().map((file, index): PromotionFile => {
      const images = file.report.images.map((one) => image(one.image, 'skipped'));
      const exitCode = [4, 3, 6][index]!;
      const error = {code: 'x', message: `code ${exitCode}`, suggestions: [], side: null};
      return {...file, report: {...file.report, ok: false, exitCode, error, images}};
    });
    const report = merged(files);
    expect([report.exitCode, report.error?.message]).to.deep.equal([3, 'code 3']);
    // what stopped the others is told too
    expect(renderReport(report))
      .to.contain('code 4')
      .and.contain('code 6')
      .and.contain('Nothing was written');
  });

  it('are a failure where a shard has none, and show what is known', () => {
    const [first, , third] = five();
    const report = merged([third!, first!]);
    expect([report.ok, report.exitCode, report.error?.code]).to.deep.equal([false, 1, 'missing-shard']);
    expect(report.images.map((one) => one.image)).to.deep.equal(
      [...first!.report.images, ...third!.report.images].map((one) => one.image).sort(),
    );
    expect(renderReport(report)).to.contain('none of 2/3').and.contain('3 shards: 2/3 is missing.');
    const nothing = {...first!, report: {...first!.report, images: [], shard: {...first!.report.shard}}};
    nothing.report.shard.positions = [];
    expect(renderReport(merged([nothing]))).to.not.contain('Nothing was written');
  });

  it('take one that ended before it knew the plan for a failure', () => {
    const files = changed(({shard}) => ({
      ...{ok: false, exitCode: 2, images: []},
      ...{tenant: '', fromStage: ''},
      error: {code: 'invalid-plan', message: 'it was edited', suggestions: [], side: null},
      shard: {...shard, plan: null, total: null, positions: []},
    }));
    for (const order of [files, [...files].reverse(), [files[1]!, files[0]!, files[2]!]]) {
      const report = merged(order);
      expect([report.exitCode, report.error?.code, report.tenant]).to.deep.equal([
        2,
        'invalid-plan',
        'payments',
      ]);
    }
  });

  const strangers: readonly (readonly [string, (report: PromotionFile['report']) => unknown])[] = [
    ['of another plan', ({shard}) => ({shard: {...shard, plan: `sha256:${'b'.repeat(64)}`}})],
    ['of another run', ({shard}) => ({shard: {...shard, run: '18'}})],
    ['of no run', ({shard}) => ({shard: {...shard, run: null}})],
    ['of another number of shards', ({shard}) => ({shard: {...shard, of: 4}})],
    ['of a plan with more images', ({shard}) => ({shard: {...shard, total: 6}})],
    [
      'of a dry run',
      ({images}) => ({dryRun: true, images: images.map((one) => image(one.image, 'would-promote'))}),
    ],
    ['of another tenant', () => ({tenant: 'search'})],
    ['of another stage', () => ({fromStage: 'dev'})],
    ['of a shard that is there already', ({shard}) => ({shard: {...shard, number: 3}})],
    ['of a place in the plan that another has', ({shard}) => ({shard: {...shard, positions: [0, 4]}})],
    ['of an image that another has', ({images}) => ({images: [images[0], image('a:1')]})],
    [
      'with an image less, in its list and in its count',
      ({images, shard}) => ({
        images: images.slice(1),
        shard: {...shard, positions: shard.positions.slice(1)},
      }),
    ],
  ];
  for (const [what, change] of strangers)
    it(`are refused with one ${what}`, () => {
      expect(refusal(changed(change))).to.match(/^shards-disagree 2: /);
    });

  const contradictions: readonly (readonly [string, (report: PromotionFile['report']) => unknown])[] = [
    ['is cut', ({images}) => ({images: images.slice(1)})],
    ['is well and has a failure', ({images}) => ({images: images.map((one) => image(one.image, 'failed'))})],
    [
      'is well and left something',
      ({images}) => ({images: images.map((one) => image(one.image, 'skipped'))}),
    ],
    [
      'is well and has no destinations',
      ({images}) => ({images: images.map((one) => ({...one, destinations: []}))}),
    ],
    [
      'has promoted what it says an error of',
      ({images}) => ({
        images: images.map((one) => ({
          ...one,
          destinations: image('x', 'failed').destinations.map((two) => ({...two, status: 'promoted'})),
        })),
      }),
    ],
    [
      'has promoted what it does not know',
      ({images}) => ({images: images.map((one) => ({...one, digest: null}))}),
    ],
    [
      'is of no dry run and only looked',
      ({images}) => ({images: images.map((one) => image(one.image, 'would-promote'))}),
    ],
    [
      'is of no dry run and asked nobody',
      ({images}) => ({images: images.map((one) => image(one.image, 'planned'))}),
    ],
    ['is of a dry run and has written', () => ({dryRun: true})],
    ['is well and ended with 1', () => ({exitCode: 1})],
    ['failed and ended with 0', () => ({ok: false})],
    ['is well and was stopped', () => ({error: {code: 'x', message: 'x', suggestions: [], side: null}})],
    ['is of no shard of its number', ({shard}) => ({shard: {...shard, number: 4}})],
    ['is of more shards than there can be', ({shard}) => ({shard: {...shard, of: 2 ** 40}})],
    ['has more than the whole', ({shard}) => ({shard: {...shard, positions: [1, 5]}})],
    ['has its list in another order', ({shard}) => ({shard: {...shard, positions: [4, 1]}})],
    [
      'is well and knows no plan',
      ({shard}) => ({images: [], shard: {...shard, plan: null, total: null, positions: []}}),
    ],
  ];
  for (const [what, change] of contradictions)
    it(`are refused with one that ${what}`, () => {
      expect(refusal(changed(change))).to.match(/^invalid-report 2: report 2\.json: /);
    });
});
