import {expect} from 'chai';
import {hide, hideAuthorization, redacted} from '../../src/lib/hidden.ts';
import {printable} from '../../src/lib/printable.ts';

describe('a secret that was handed out', () => {
  const secret = 'hidden-canary/"1+é';
  hide(secret);
  const forms: Record<string, string> = {
    'as it is': secret,
    'in a JSON document': JSON.stringify({secret}),
    'in a form': `a=1&secret=${encodeURIComponent(secret)}`,
    'in base64': Buffer.from(secret).toString('base64'),
    'as the password of somebody': Buffer.from(`a:${secret}`).toString('base64'),
    'as the password of somebody else': Buffer.from(`ab:${secret}`).toString('base64'),
    'in base64url, within something': Buffer.from(`{"a":"${secret}"}`).toString('base64url'),
  };
  for (const [how, text] of Object.entries(forms)) {
    it(`is not shown ${how}`, () => {
      const shown = redacted(`before ${text} after ${text}`);
      expect(shown).to.match(/^before .*\*\*\* ?.*after .*\*\*\*/);
      for (const form of Object.values(forms)) expect(shown).not.to.include(form.slice(-12));
      expect(shown).not.to.include('canary');
    });
  }

  it('is not shown where it was cut, by whoever quotes it or by ourselves', () => {
    const long = 'long-canary-'.repeat(20);
    hide(long);
    expect(redacted(`token ${long.slice(0, 100)}…`)).to.equal('token ***…');
    expect(printable(`${'x'.repeat(280)} ${long}`)).not.to.include('canary');
  });

  it('is not shown where it came as a header', () => {
    const basic = Buffer.from('me:password-canary').toString('base64');
    hideAuthorization(`Basic ${basic}`);
    hideAuthorization('Bearer bearer-canary');
    expect(redacted(`Basic ${basic}, password-canary, Bearer bearer-canary, me`)).to.equal(
      'Basic ***, ***, Bearer ***, me',
    );
  });

  it('takes nothing away from what only looks like it', () => {
    hide('a');
    hide('');
    for (const text of ['', 'a', 'hidden', 'hidden-', 'sha256:aaaaaaaa'])
      expect(redacted(text)).to.equal(text);
  });

  it('costs no more time with more of them', () => {
    const text = 'sha256:0123456789abcdef '.repeat(20_000);
    const few = timeOf(() => redacted(text));
    for (let i = 0; i < 2000; i++) hide(`token-number-${i}`);
    expect(timeOf(() => redacted(text))).to.be.lessThan(20 * few + 50);
  });
});

/** The shortest of a few times, in milliseconds of processor time: a busy machine costs others time, and not this. */
function timeOf(run: () => unknown): number {
  return Math.min(
    ...Array.from({length: 5}, () => {
      const started = process.cpuUsage();
      run();
      const {user, system} = process.cpuUsage(started);
      return (user + system) / 1000;
    }),
  );
}
