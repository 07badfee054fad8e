import {expect} from 'chai';
import {authOverridesOf} from '../../../../src/lib/cli/flags/auth-overrides.ts';

describe('the credential files that flags and variables name', () => {
  it('are the flags’, else the variable’s for all destinations; an empty variable names none', () => {
    expect(
      authOverridesOf({'dest-auth-override': ['a', 'prod-eu=b']}, {DEST_AUTH_OVERRIDE: 'c'}),
    ).to.deep.equal({
      source: undefined,
      destinations: ['a', 'prod-eu=b'],
    });
    expect(authOverridesOf({}, {DEST_AUTH_OVERRIDE: 'c'}).destinations).to.deep.equal(['c']);
    expect(authOverridesOf({}, {DEST_AUTH_OVERRIDE: ''}).destinations).to.deep.equal([]);
  });

  it('are refused where a flag is empty: another identity would be found than the one that was meant', () => {
    expect(() => authOverridesOf({'source-auth-override': ''}, {})).to.throw(
      '--source-auth-override is empty',
    );
    expect(() => authOverridesOf({'dest-auth-override': ['a', '']}, {})).to.throw(
      '--dest-auth-override is empty',
    );
  });
});
