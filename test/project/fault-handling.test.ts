import {expect} from 'chai';
import {readFileSync} from 'node:fs';
import {limitVariables} from '../../src/lib/cli/flags/network-settings.ts';
import {OciError} from '../../src/lib/oci-error.ts';
import {blobCountLimit, manifestBytesLimit, manifestCountLimit} from '../../src/lib/copy/manifest-budget.ts';
import {manifestLimit} from '../../src/lib/distribution/manifests.ts';
import {defaultPaceLimits, Pace} from '../../src/lib/http/pace.ts';
import {defaultRetryPolicy, isTransient, retrying} from '../../src/lib/http/retry.ts';
import {entryLimit} from '../../src/lib/oci/manifest.ts';
import {defaultLimits, lowestPace} from '../../src/lib/http/wire.ts';

const page = readFileSync(new URL('../../docs/fault-handling.md', import.meta.url), 'utf8');

/** The cells of the table's row that begins with the words. */
function row(words: string): string[] {
  const line = page.split('\n').find((one) => one.startsWith(`| ${words}`)) ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** How often a request is sent that is always answered with the status. */
async function attemptsAt(status: number): Promise<number> {
  let attempts = 0;
  const refused = () => Promise.reject(new OciError('registry-error', 'refused', {status}));
  const context = {policy: {...defaultRetryPolicy, delay: 0}, pace: new Pace(), host: 'registry.test'};
  await retrying(context, (n) => {
    attempts = n;
    return refused();
  }).catch(() => undefined);
  return attempts;
}

const numbersIn = (text: string | undefined): number[] => (text?.match(/\d+/g) ?? []).map(Number);

describe('docs/fault-handling.md', () => {
  it('names the statuses after which a request is repeated', () => {
    const paragraph = /the\s+answers ([\d,\sand]+)\./.exec(page)?.[1];
    const statuses = Array.from({length: 300}, (_, index) => index + 300);
    const repeated = statuses.filter((status) => isTransient(new OciError('registry-error', '', {status})));
    expect(numbersIn(paragraph)).to.deep.equal(repeated);
  });

  it('says how often and how fast requests are repeated', async () => {
    const {attempts, delay, longestPause} = defaultRetryPolicy;
    const slowedDown = await attemptsAt(429);
    expect(numbersIn(row('attempts')[1])).to.deep.equal([attempts, slowedDown, 429]);
    expect(await attemptsAt(503)).to.equal(attempts);
    expect(numbersIn(row('pause before the second')[1])).to.deep.equal([delay]);
    expect(numbersIn(row('longest pause')[1])).to.deep.equal([longestPause / 1000]);
  });

  it('says how many requests are in flight', () => {
    const {first, most} = defaultPaceLimits;
    expect(numbersIn(row('requests in flight')[1])).to.deep.equal([first, most]);
  });

  it('says how much of a source is read', () => {
    const paragraph = /a manifest has [^.]*/.exec(page)?.[0].replaceAll(',', '');
    const MiB = 1024 * 1024;
    expect(numbersIn(paragraph).slice(0, 5)).to.deep.equal([
      manifestLimit / MiB,
      manifestBytesLimit / MiB,
      manifestCountLimit,
      blobCountLimit,
      entryLimit,
    ]);
    expect(numbersIn(/then has to come with (\d+) bytes/.exec(page)?.[1])).to.deep.equal([lowestPace]);
  });

  it('has every time limit, its seconds and its variable', () => {
    const limits = Object.entries(limitVariables).map(([name, variable]) => [
      String(defaultLimits[name as keyof typeof limitVariables] / 1000),
      `\`${variable}\``,
    ]);
    const shown = page
      .split('\n')
      .filter((line) => line.includes('_TIMEOUT`'))
      .map((line) => row(line.slice(2).split('|')[0] ?? '').slice(1));
    expect(shown).to.deep.equal(limits);
  });
});
