import {expect} from 'chai';
import {createHash} from 'node:crypto';
import {readClaims} from '../../../src/lib/evidence/read-claims.ts';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {parseManifest} from '../../../src/lib/oci/manifest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';

const inToto = 'application/vnd.in-toto+json';
const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function attached(size: number, seed: string) {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: {mediaType: 'application/vnd.oci.empty.v1+json', digest: digest('{}'), size: 2},
      layers: [{mediaType: inToto, digest: digest(seed), size}],
    }),
  );
  return {manifest: parseManifest(bytes, digestOf(bytes), mediaTypes.ociManifest)};
}

describe('what is attached to an image', () => {
  const statement = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{name: 'app', digest: {sha256: 'a'.repeat(64)}}],
      predicateType: 'https://example.com/test/v1',
      predicate: {},
    }),
  );

  it('is not kept without end where someone attaches as much as may be attached, and hides nothing that is small', async () => {
    const mebi = 1024 * 1024;
    const large = Array.from({length: 1000}, (_, i) => attached(60 * mebi, `large ${i}`));
    let asked = 0;
    const {claims, unreadable} = await readClaims([...large, attached(statement.length, 'small')], (node) => {
      asked += node.size;
      return Promise.resolve(node.size === statement.length ? statement : Buffer.from('x'));
    });
    expect(claims.length).to.equal(1);
    expect(asked).to.be.at.most(128 * mebi + statement.length);
    expect(unreadable.length).to.equal(1000);
    expect(unreadable.at(-1)).to.contain('what is attached is larger than');
  });
});
