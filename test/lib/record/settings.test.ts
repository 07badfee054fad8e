import {expect} from 'chai';
import {locatedAt} from '../../../src/lib/environments/reading/located.ts';
import {parseYaml} from '../../../src/lib/environments/reading/yaml.ts';
import {parseRecordSettings} from '../../../src/lib/record/settings.ts';

const parsed = (text: string) => parseRecordSettings(locatedAt(parseYaml(text, 'corectl.yaml'), ['record']));

describe('where a record is signed with', () => {
  it('is nothing, or what p2p.record says', () => {
    expect(parsed('other: x').settings).to.deep.equal({kind: 'none'});
    expect(parsed('record: unsigned').settings).to.deep.equal({kind: 'unsigned'});
    expect(parsed('record: keyless').settings).to.deep.equal({kind: 'keyless'});
    const settings = {kind: 'key', key: 'env://PIPELINE_KEY', attestationTag: true};
    expect(parsed('record: {key: "env://PIPELINE_KEY", compatible: cosign2}').settings).to.deep.equal(
      settings,
    );
    expect(parsed('record: {key: /run/secrets/key}').settings).to.include({key: '/run/secrets/key'});
  });

  const wrong: Record<string, string> = {
    'record: signed': 'expected keyless, unsigned, or a mapping with a key, found "signed"',
    'record: {kee: x}': 'expected no fields but key and compatible',
    'record: {key: "gcpkms://projects/p"}': 'expected key: env://NAME or the path of a file',
    'record: {key: x, compatible: cosign1}': 'expected compatible: cosign2, found "cosign1"',
    'record: {compatible: cosign2}': 'expected key',
  };
  for (const [text, why] of Object.entries(wrong)) {
    it(`is refused by its line: ${text}`, () => {
      const {settings, problems} = parsed(`\n${text}`);
      expect(settings.kind).to.equal('none');
      expect(problems.map(({line, message}) => `${line} ${message}`).join()).to.contain(`2 ${why}`);
    });
  }
});
