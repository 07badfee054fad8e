import {expect} from 'chai';
import {bundleOfAnnotations} from '../../../src/lib/evidence/cosign-annotations.ts';
import {statementIn} from '../../../src/lib/evidence/statement.ts';

// JSON can say of an object that its ways to become a text are no functions: making a text of it raises
const noText = {toString: 1, valueOf: 1};

describe('what somebody attached to an image', () => {
  it('is passed over where a digest is an object that no text can be made of, and the others count', () => {
    const good = 'a'.repeat(64);
    const statement = statementIn(
      Buffer.from(
        JSON.stringify({
          _type: 'https://in-toto.io/Statement/v1',
          subject: [{digest: {sha256: noText}}, {digest: {sha256: good}}],
          predicateType: 'https://example.com/t',
        }),
      ),
    );
    expect([...statement!.subjects]).to.deep.equal([`sha256:${good}`]);
  });

  it('has no log entry where the numbers of one are such objects', () => {
    const body = Buffer.from('{"kind":"dsse","apiVersion":"0.0.1"}').toString('base64');
    const content = {payload: Buffer.alloc(1), signature: Buffer.alloc(1)};
    const entriesOf = (logIndex: unknown) => {
      const bundle = bundleOfAnnotations(
        {
          'dev.sigstore.cosign/certificate': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
          'dev.sigstore.cosign/bundle': JSON.stringify({
            Payload: {body, logIndex, integratedTime: 1, logID: 'aa'},
          }),
        },
        content,
      ) as {verificationMaterial: {tlogEntries: unknown[]}};
      return bundle.verificationMaterial.tlogEntries.length;
    };
    expect([entriesOf(noText), entriesOf(7)]).to.deep.equal([0, 1]);
  });
});
