import {expect} from 'chai';
import type {PromoteFlags} from '../../../../src/lib/cli/flags/promote-flags.ts';
import {requestOf} from '../../../../src/lib/cli/flags/promote-request.ts';

const explicitVariables = {
  SOURCE_REGISTRY: 'a.example.com',
  SOURCE_STAGE: 'staging',
  DEST_REGISTRY: 'b.example.com',
  DEST_STAGE: 'live',
};
const explicit = {
  'source-registry': 'a.example.com',
  'source-stage': 'staging',
  'dest-registry': 'b.example.com',
  'dest-stage': 'live',
};
const derived = {tenant: 'payments', 'from-stage': 'extended-test'};
const read = (flags: Record<string, string | string[]>, env: NodeJS.ProcessEnv = {}) =>
  requestOf([], flags as unknown as PromoteFlags, env);

describe('what a promotion is asked for', () => {
  it('is either form by its flags, and the explicit one by its variables alone', () => {
    expect(read(derived, explicitVariables).form).to.equal('derived');
    expect(read(explicit, {TENANT_NAME: 'payments'}).form).to.equal('explicit');
    expect(read({}, explicitVariables).form).to.equal('explicit');
  });

  for (const [flag, value] of [
    ['tenant', 'payments'],
    ['from-stage', 'extended-test'],
    ['environment', ['prod-eu']],
    ['to-stage', ['prod']],
    ['source-environment', 'dev'],
  ] as const) {
    it(`is refused where --${flag} stands beside the explicit form`, () => {
      const given = {[flag]: typeof value === 'string' ? value : [...value]};
      expect(() => read({...explicit, ...given})).to.throw(new RegExp(`cannot be combined with --${flag}$`));
    });

    it(`is not taken from the explicit form's variables where --${flag} is given`, () => {
      const given = {[flag]: typeof value === 'string' ? value : [...value]};
      expect(() => read(given, explicitVariables)).to.throw(/(from-stage|tenant) is missing/);
    });
  }

  for (const flag of ['tenant', 'from-stage', 'source-environment', 'dest-image'])
    it(`is refused where --${flag} is empty, whatever the variables say`, () => {
      const given = {...derived, [flag]: ''};
      expect(() => read(given, {TENANT_NAME: 'other'})).to.throw(`--${flag} is empty`);
    });

  for (const flag of ['environment', 'to-stage'])
    it(`is refused where one --${flag} is empty`, () => {
      expect(() => read({...derived, [flag]: ['prod', '']})).to.throw(`--${flag} is empty`);
    });

  for (const [folder, advice] of [
    ['oci:', /name the folder/],
    ['oci://registry.example.com/team', /without oci:\/\//],
    ['oci:///mnt/disk', /a folder oci:PATH/],
    ['oci:~/disk', /\$HOME/],
  ] as const)
    it(`is refused where ${folder} is to be a folder, whatever a path it makes`, () => {
      for (const part of ['source-registry', 'dest-registry'])
        expect(() => read({...explicit, [part]: folder}))
          .to.throw('is no folder')
          .with.property('suggestions')
          .that.satisfies(([first]: string[]) => advice.test(first ?? ''));
      expect(read(derived, {...explicitVariables, DEST_REGISTRY: folder}).form).to.equal('derived');
    });

  for (const flag of Object.keys(explicit))
    it(`is refused where --${flag} is empty, whatever the variables say`, () => {
      expect(() => read({...explicit, [flag]: ''}, explicitVariables)).to.throw(`--${flag} is empty`);
    });
});
