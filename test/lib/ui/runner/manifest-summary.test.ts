import {expect} from 'chai';
import {renderManifestReport} from '../../../../src/lib/ui/runner/manifest-summary.ts';
import type {EdgeReport, ManifestReport} from '../../../../src/lib/promoter-manifests/report.ts';

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
  policy: null,
  record: null,
  error: null,
  ...changes,
});

const reportOf = (edges: EdgeReport[], changes: Partial<ManifestReport> = {}): ManifestReport => ({
  ...{ok: true, dryRun: false, exitCode: 0, durationMs: 1000, manifests: ['m'], error: null},
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
    expect(text).to.contain('error[denied]: HTTP 403\n  → ask\nerror[conflict]: app-1 is there\n  → ask\n\n');
    expect(text.match(/app-1 is there/g)).to.have.length(1);
  });
});
