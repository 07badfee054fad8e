import {expect} from 'chai';
import {printable, printableOutput, jsonText} from '../../src/lib/printable.ts';
import {redactUrl} from '../../src/lib/http/redaction.ts';

describe('text from outside', () => {
  const forms: [string, string, string][] = [
    ['a window title', '\u001b]0;pwn\u0007text', ']0;pwn text'],
    ['colours', '\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['a second line', 'one\r\ntwo', 'one two'],
    ['other line ends', 'one\u2028two\u2029three\u0085four', 'one two three four'],
    ['a CI command', '::error::x', 'error::x'],
    ['a CI command behind an escape', '\u001b\n::add-mask::x', 'add-mask::x'],
    ['another CI command', '##vso[task]', 'vso[task]'],
    ['CI commands in a row', '::## ::error::x', 'error::x'],
    ['reversed text', 'a\u202eb\u2066c', 'a b c'],
    ['8-bit controls', 'a\u009b31mb', 'a 31mb'],
    [
      'a CI command in the middle',
      'see ##[group]x and ##vso[task.setvariable x]y',
      'see # #[group]x and # #vso[task.setvariable x]y',
    ],
    ['a CI command behind others', '###[x] ##teamcity[y', '#[x] # #teamcity[y'],
    ['a CI command that an invisible character cuts', '#\u00ad#[error]x', '# #[error]x'],
    ['marks that reorder', 'a\u061cb\u200ec', 'a b c'],
    ['soft hyphens, fillers and variation selectors', 'a\u00adb\u3164c\u{e0100}d\ufe0fe', 'a b c d e'],
    ['halves of a character', 'a\ud800b', 'a b'],
    ['invisible text', 'a\u200bb\u{e0041}c\ufeffd', 'a b c d'],
  ];
  for (const [what, text, expected] of forms) {
    it(`loses ${what}`, () => {
      expect(printable(text)).to.equal(expected);
    });
  }

  it('keeps what is only foreign, and is cut where it is long', () => {
    expect(printable('значение 値 ä')).to.equal('значение 値 ä');
    expect(printable('x'.repeat(1000), 10)).to.equal('xxxxxxxxxx…');
  });
});

describe('all that a process prints', () => {
  it('commands no CI system, wherever the command stands', () => {
    for (const text of [
      '::error::x',
      ' \t::add-mask::x',
      'a\n::stop-commands::x',
      'a\r\n \u3000::debug::x',
      'a ##[error]x',
    ])
      expect(printableOutput(text, {logs: true}), text)
        .to.match(/: :|# #/)
        .and.not.match(/^\s*::|##\[/m);
  });

  it('keeps its lines and, on a terminal alone, what draws', () => {
    const text = 'one\n  two\t\u001b[31mred\u001b[0m :: x # y\n';
    expect(printableOutput(text, {logs: false})).to.equal(text);
    expect(printableOutput(text, {logs: true})).to.equal('one\n  two\t [31mred [0m :: x # y\n');
  });

  it('keeps a document as it is for its readers', () => {
    const value = {
      '##[group]': ['##vso[x]y', '\u202e\u{e0041}\u00ad', '::error::x', '\ud800', '値', 1, null],
    };
    const text = jsonText(value);
    expect(text).not.to.match(/##|[\u202e\u00ad\u{e0041}]/u);
    expect(JSON.parse(text)).to.deep.equal(value);
    expect(printableOutput(text, {logs: true})).to.equal(text);
  });
});

describe('a URL in messages', () => {
  it('has no user information, no signature and no token', () => {
    const url = new URL(
      'https://user:canary1@store.example.org/v2/x?X-Amz-Signature=canary2&sig=canary3&_state=canary4&token=canary5&digest=sha256:ab&scope=repository:x:pull#canary6',
    );
    expect(redactUrl(url)).not.to.include('canary');
    expect(redactUrl(url))
      .to.include('https://store.example.org/v2/x?')
      .and.include('digest=sha256:ab')
      .and.include('scope=repository:x:pull');
  });

  it('has no token that stands there without a name', () => {
    expect(redactUrl(new URL('https://store.example.org/x?canary'))).not.to.include('canary');
  });
});
