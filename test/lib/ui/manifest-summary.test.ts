import {expect} from 'chai';
import {renderManifestReport} from '../../../src/lib/ui/manifest-summary.ts';
import {manifestStepSummary} from '../../../src/lib/ui/runner/manifest-step-summary.ts';
import type {EdgeReport, ManifestReport} from '../../../src/lib/promoter-manifests/report.ts';

const edge = (index: number, changes: Partial<EdgeReport> = {}): EdgeReport => ({
  image: `app-${index}`,
  digest: `sha256:${'ab'.repeat(32)}`,
  tag: '1',
  source: `staging.example.com/p/app-${index}@sha256:ab`,
  destination: `prod.example.com/p/app-${index}:1`,
  status: 'promoted',
  existingDigest: null,
  copiedBytes: 0,
  mountedBytes: 0,
  record: null,
  policy: null,
  durationMs: 10,
  error: null,
  ...changes,
});

const reportOf = (edges: EdgeReport[], changes: Partial<ManifestReport> = {}): ManifestReport => ({
  ...{ok: true, dryRun: false, exitCode: 0, durationMs: 1000, manifests: ['m'], problems: [], error: null},
  edges,
  ...changes,
});

describe('the report of promoter manifests', () => {
  it('has one line for the many edges of one registry that came to the same', () => {
    const many = Array.from({length: 6000}, (_, index) => edge(index));
    const other = edge(6000, {destination: 'us.example.com/p/app-6000:1'});
    expect(renderManifestReport(reportOf([...many, other])).split('\n')).to.deep.equal([
      'STATUS    IMAGE       DIGEST               TO',
      'promoted  6000 edges                       prod.example.com/p',
      'promoted  app-6000    sha256:abababababab  us.example.com/p/app-6000:1',
      '',
      '6001 edges promoted in 1 s.',
      '',
    ]);
  });

  it('tells each error by its code and once, and what stopped it last', () => {
    const error = {code: 'denied', message: 'HTTP 403', suggestions: ['ask'], side: null};
    const stop = {...error, code: 'conflict', message: 'app-1 is there'};
    const failed = [edge(1, {status: 'failed', error}), edge(2, {status: 'failed', error})];
    const conflict = edge(3, {status: 'conflict', error: stop});
    const text = renderManifestReport(reportOf([conflict, ...failed], {ok: false, exitCode: 4, error: stop}));
    expect(text).to.contain(
      'error[denied]: HTTP 403\n  at prod.example.com/p/app-1:1, prod.example.com/p/app-2:1\n  → ask\n\n' +
        'error[conflict]: app-1 is there\n  → ask\n\n',
    );
    expect(text.match(/app-1 is there/g)).to.have.length(1);
  });

  it('names some of the many places that one error struck, on the page of a run too', () => {
    const error = {code: 'denied', message: 'HTTP 403', suggestions: ['ask'], side: null};
    const many = Array.from({length: 6000}, (_, index) => edge(index, {status: 'failed', error}));
    const report = reportOf(many, {ok: false, exitCode: 1});
    expect(renderManifestReport(report)).to.contain('prod.example.com/p/app-19:1 and 5980 more\n');
    const page = manifestStepSummary(report);
    expect(page).to.match(/^### Promoter manifests\n\n6000 edges failed in 1 s\.\n/);
    expect(page).to.contain('and 5500 other edges, which the report has').and.to.contain('#### denied');
    expect(page.length).to.be.lessThan(512 * 1024);
  });

  it('has a row for each edge that was promoted on the page of a run, and tells of none that was there', () => {
    const there = edge(1, {status: 'up-to-date'});
    const page = manifestStepSummary(reportOf([edge(0, {copiedBytes: 2048}), there]));
    expect(page).to.contain('| prod.example.com/p/app-0:1 | ✅ promoted |').and.not.to.contain('app-1');
  });
});
