import {expect} from 'chai';
import {ociError} from '../../../src/lib/oci-error.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {typeRefused} from '../../../src/lib/distribution/refused-type.ts';

describe('the refusal of a manifest', () => {
  const refusal = (status: number, code: string) =>
    ociError('registry-error', 'refused', {status, registryCodes: [code], suggestions: ['this']});
  const suggestions = (error: unknown) => (error as {suggestions: string[]}).suggestions;

  it('says what to do where the type is to blame', () => {
    for (const error of [
      refusal(415, 'MANIFEST_INVALID'),
      refusal(400, 'MANIFEST_INVALID'),
      refusal(405, 'UNSUPPORTED'),
    ]) {
      const told = typeRefused(error, mediaTypes.dockerList);
      expect(told).to.deep.include({code: 'registry-error', message: 'refused', status: error.status});
      expect(told).to.deep.include({registryCodes: error.registryCodes});
      expect(suggestions(told)).to.deep.equal([
        'this',
        `the registry may not take manifests of type ${mediaTypes.dockerList}: have it accept them, or build the image with OCI media types`,
      ]);
    }
    expect(suggestions(typeRefused(refusal(415, 'UNKNOWN'), mediaTypes.ociIndex))[1]).to.match(
      /accept them$/,
    );
  });

  it('is left as it is otherwise', () => {
    for (const [error, mediaType] of [
      [refusal(400, 'MANIFEST_INVALID'), mediaTypes.ociManifest],
      [refusal(404, 'MANIFEST_BLOB_UNKNOWN'), mediaTypes.dockerManifest],
      [new Error('a bug'), mediaTypes.dockerManifest],
    ] as const) {
      expect(typeRefused(error, mediaType)).to.equal(error);
    }
  });
});
