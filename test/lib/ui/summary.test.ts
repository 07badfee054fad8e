import {expect} from 'chai';
import {terminalColours} from '../../../src/lib/ui/colours.ts';
import {renderReport} from '../../../src/lib/ui/summary.ts';
import {destinationReport, report, untouched} from '../../support/reports.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const older = `sha256:${'cd'.repeat(32)}`;
const us = {environment: 'prod-us', reference: 'us.example.com/tenant/payments/prod/app:1.2.3'};

const head = `app:1.2.3 from extended-test in gcp-dev
  source dev.example.com/tenant/payments/extended-test/app:1.2.3
  digest ${digest}
`;

describe('the report of a promotion', () => {
  it('shows each destination, what moved and how it went', () => {
    const text = renderReport(report([destinationReport(), untouched({...us, status: 'up-to-date'})]));
    expect(text).to.equal(
      `${head}
  ENVIRONMENT  STAGE  STATUS      BLOBS                                            SIZE     TIME
  prod-eu      prod   promoted    11 mounted, 1 copied (10.9 kB), 2 already there  48.2 MB  1.8 s
    eu.example.com/tenant/payments/prod/app:1.2.3
  prod-us      prod   up to date
    us.example.com/tenant/payments/prod/app:1.2.3

1 destination promoted, 1 up to date already in 2.1 s. 10.9 kB copied, 48.2 MB mounted.
`,
    );
  });

  it('shows what went wrong and what to do', () => {
    const error = {
      code: 'denied',
      message: 'prod-us: may not push',
      suggestions: ['ask for the role writer'],
      side: null,
    };
    const text = renderReport(
      report([destinationReport(), untouched({...us, status: 'failed', error})], {ok: false, exitCode: 1}),
    );
    expect(text).to.contain(`
  prod-us      prod   failed
    us.example.com/tenant/payments/prod/app:1.2.3

error[denied]: prod-us: may not push
  at prod-us (prod)
  → ask for the role writer

1 destination promoted, 1 failed in 2.1 s. 10.9 kB copied, 48.2 MB mounted. The same command again finishes what is left.
`);
  });

  it('shows what a tag pointed to before', () => {
    expect(renderReport(report([destinationReport({existingDigest: older})]))).to.contain(
      `    replaces ${older}\n`,
    );
    const conflict = untouched({status: 'conflict', existingDigest: older});
    expect(renderReport(report([conflict], {ok: false, exitCode: 4}))).to.contain(`    holds ${older}\n`);
  });

  it('of a dry run says what would move and that nothing was written', () => {
    const text = renderReport(report([destinationReport({status: 'would-promote'})], {dryRun: true}));
    expect(text).to.contain('would promote  11 to mount, 1 to copy (10.9 kB), 2 already there  48.2 MB\n');
    expect(text).to.match(
      /\nDry run, nothing was written: 1 destination would be promoted\. 10\.9 kB would be copied and 48\.2 MB mounted\.\n$/,
    );
  });

  it('of an offline dry run shows the plan alone', () => {
    const plan = report([untouched({status: 'planned'})], {dryRun: true});
    const images = plan.images.map((image) => ({...image, digest: null}));
    expect(renderReport({...plan, images})).to.equal(
      `app:1.2.3 from extended-test in gcp-dev
  source dev.example.com/tenant/payments/extended-test/app:1.2.3

  ENVIRONMENT  STAGE  STATUS
  prod-eu      prod   planned
    eu.example.com/tenant/payments/prod/app:1.2.3

Planned 1 destination from the environments repository alone; no registry was asked.
`,
    );
  });

  it('ends with what stopped the whole run', () => {
    const error = {
      code: 'image-not-found',
      message: 'app:9 is not in fast-feedback',
      suggestions: ['push it first'],
      side: null,
    };
    const text = renderReport(report([], {ok: false, exitCode: 3, images: [], error}));
    expect(text).to.equal('error[image-not-found]: app:9 is not in fast-feedback\n  → push it first\n');
  });

  it('tells an error that stopped the whole run once, and that nothing was written', () => {
    const error = {code: 'denied', message: 'dev: HTTP 401', suggestions: ['log in'], side: null};
    const stopped = [untouched({status: 'failed', error}), untouched({...us, status: 'skipped'})];
    const text = renderReport(report(stopped, {ok: false, exitCode: 5, error}));
    expect(text.split('dev: HTTP 401')).to.have.length(2);
    expect(text).to.match(
      /\n\nerror\[denied\]: dev: HTTP 401\n {2}→ log in\n\n1 destination failed, 1 not done in 2\.1 s\. Nothing was written\.\n$/,
    );
  });

  it('tells of an interruption once, without all the places that are not done', () => {
    const error = {code: 'interrupted', message: 'interrupted', suggestions: [], side: null};
    const stopped = [untouched({status: 'skipped', error}), untouched({...us, status: 'skipped', error})];
    const text = renderReport(report(stopped, {ok: false, exitCode: 130, error: null}));
    expect(text).to.contain('\n\nerror[interrupted]: interrupted\n\n').and.not.to.contain('  at ');
  });

  it('tells what stopped it at several places once, with all of them', () => {
    const errors = ['prod-eu', 'prod-us'].map((name) => ({
      code: 'denied',
      message: `destination ${name} (prod): HTTP 403`,
      suggestions: ['ask'],
      side: 'destination' as const,
    }));
    const stopped = errors.map((error, index) =>
      untouched({environments: [['prod-eu', 'prod-us'][index]!], status: 'failed', error}),
    );
    const error = {...errors[0]!, suggestions: ['ask', 'or --keep-going']};
    const text = renderReport(report(stopped, {ok: false, exitCode: 5, error}));
    expect(text).to.contain(
      'error[denied]: destination prod-eu (prod): HTTP 403\n  at prod-eu (prod), prod-us (prod)\n  → ask\n  → or --keep-going\n',
    );
    expect(text.match(/403/g)).to.have.length(1);
  });

  it('tells each cause once, last, with the places that it struck, and what went well in a line each', () => {
    const names = Array.from({length: 12}, (_, index) => `prod-${index}`);
    const destinations = names.map((name, index) => {
      const reference = `${name}.example.com/tenant/payments/prod/app:1.2.3`;
      const place = {environments: [name], reference};
      if (index < 9) return destinationReport(place);
      const message = `destination ${name} (prod): ${name}.example.com: HTTP 503`;
      const error = {code: 'unreachable', message, suggestions: ['wait'], side: 'destination' as const};
      return untouched({...place, status: 'failed', error});
    });
    const text = renderReport(report(destinations, {ok: false, exitCode: 1}));
    expect(text).to.match(
      /\n\nerror\[unreachable\]: destination prod-9 \(prod\): [^\n]*503\n {2}at prod-9 \(prod\), prod-10 \(prod\), prod-11 \(prod\)\n {2}→ wait\n\n9 destinations promoted, 3 failed/,
    );
    expect(text.match(/HTTP 503/g)).to.have.length(1);
    expect(text).not.to.contain('prod-1.example.com');
  });

  it('colours what came of each destination, and nothing unless it is told to', () => {
    const failed = report([untouched({status: 'failed'}), destinationReport()]);
    expect(renderReport(failed)).not.to.contain('\u001b');
    const text = renderReport(failed, terminalColours);
    expect(text).to.contain('\u001b[31mfailed\u001b[0m').and.to.contain('\u001b[32mpromoted\u001b[0m');
    expect(text.replace(/\u001b\[\d+m/g, '')).to.equal(renderReport(failed));
  });

  it('lets nothing from outside forge a line or a colour', () => {
    const error = {
      code: 'x',
      message: 'bad\n1 destination promoted\u001b[2J',
      suggestions: ['a\nb'],
      side: null,
    };
    const text = renderReport(report([untouched({status: 'failed', error})], {ok: false, exitCode: 1}));
    expect(text).to.not.match(/\u001b|^1 destination promoted/m);
    expect(text).to.contain('→ a b\n');
  });
});
