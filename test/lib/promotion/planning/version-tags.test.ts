import {expect} from 'chai';
import {versionTags} from '../../../../src/lib/promotion/planning/version-tags.ts';

describe('the tags that follow from a version', () => {
  const cases: [string, string[], string[]][] = [
    ['1.2.3', [], ['1.2', '1']],
    ['v1.2.3', [], ['v1.2', 'v1']],
    ['1.2.3-rc.1', [], []],
    ['latest', [], []],
    ['1.2', [], []],
    ['0.1.0-base2.4.6', ['{major}.{minor}', '{major}.{minor}.{patch}'], ['0.1', '0.1.0']],
    ['1.2.3-rc.1', ['{major}-{prerelease}'], ['1-rc.1']],
    ['1.2.3', ['{major}-{prerelease}'], []],
    ['1.2.3', ['stable', 'v{major}'], ['stable', 'v1']],
    ['1.2.3', ['{major}.{minor}.{patch}'], []],
  ];
  for (const [tag, templates, tags] of cases) {
    it(`are ${tags.join(', ') || 'none'} for ${tag} by ${templates.join(', ') || 'the usual templates'}`, () => {
      expect(versionTags(tag, templates)).to.deep.equal(tags);
    });
  }

  it('are refused for a template that makes no tag', () => {
    expect(() => versionTags('1.2.3', ['{major}+{minor}'])).to.throw(/makes no tag/);
  });
});
