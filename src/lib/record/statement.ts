import type {Digest} from '../oci/digest.ts';
import {promotionPredicate, type Promotion} from './promotion.ts';

/** The statement that records a promotion, as the bytes that get signed: about the image's index and all that is below it (in-toto, statement.md v1). */
export function promotionStatement(digests: readonly Digest[], promotion: Promotion): Buffer {
  const subject = digests.map((digest) => {
    const [algorithm = '', hex = ''] = digest.split(':');
    return {name: promotion.image, digest: {[algorithm]: hex}};
  });
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: promotionPredicate,
    predicate: promotion,
  };
  return Buffer.from(JSON.stringify(statement));
}
