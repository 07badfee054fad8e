import {expect} from 'chai';
import {stepSummary} from '../../../../src/lib/ui/runner/step-summary.ts';
import {destinationReport, report, untouched} from '../../../support/reports.ts';

const error = (name: string) => ({
  code: 'unreachable',
  message: `destination ${name} (prod): ${name}.example.com: HTTP 503`,
  suggestions: ['wait'],
  side: 'destination' as const,
});

describe('the summary on the page of a run', () => {
  it('has the verdict, each image in each environment, and what to do', () => {
    const places = ['prod-eu', 'prod-us'].map((name) => ({
      environments: [name],
      reference: `${name}.example.com/app:1.2.3`,
    }));
    const failed = places.map((place) =>
      untouched({...place, status: 'failed', error: error(place.environments[0]!)}),
    );
    const asia = {environments: ['prod-asia']};
    const text = stepSummary(report([destinationReport(asia), ...failed], {ok: false, exitCode: 1}));
    const digest = `\`sha256:${'ab'.repeat(32)}\``;
    expect(text).to.equal(`### Promotion of payments from extended-test

1 destination promoted, 2 failed in 2.1 s. 10.9 kB copied, 48.2 MB mounted. The same command again finishes what is left.

| image | digest | environment | stage | outcome | bytes | time |
| --- | --- | --- | --- | --- | ---: | ---: |
| app:1.2.3 | ${digest} | prod-asia | prod | ✅ promoted, 11 mounted, 1 copied (10.9 kB), 2 already there | 48.2 MB | 1.8 s |
| app:1.2.3 | ${digest} | prod-eu | prod | ❌ failed |  |  |
| app:1.2.3 | ${digest} | prod-us | prod | ❌ failed |  |  |

#### unreachable

destination prod-eu (prod): prod-eu.example.com: HTTP 503

At prod-eu (prod), prod-us (prod).

- wait
`);
  });

  it('tells what stopped a promotion before there was an image', () => {
    const stop = {code: 'usage', message: 'the tenant is missing', suggestions: ['--tenant'], side: null};
    const text = stepSummary(report([], {images: [], tenant: '', ok: false, exitCode: 2, error: stop}));
    expect(text).to.contain('#### usage\n\nthe tenant is missing\n\n- --tenant\n');
    expect(text).not.to.contain('| image |');
  });

  it('stays below what a summary may have, and says how much it leaves out', () => {
    const text = stepSummary(report(Array.from({length: 7000}, () => destinationReport())));
    expect(text.length).to.be.below(1024 * 1024);
    expect(text).to.contain('\nand 6500 more, which are in the report\n');
  });

  it('lets nothing from outside become a cell, a link or a heading', () => {
    const message = 'x | [y](https://evil.example) <img src=x>\n# z @team';
    const hostile = {code: 'x', message, suggestions: ['`a`'], side: null};
    const text = stepSummary(report([], {ok: false, exitCode: 1, error: hostile}));
    expect(text).not.to.match(/\[y\]|<img|\| \[|^# z|@team|`a`/m);
  });
});
