// what is used of sigstore's libraries: they are loaded where a certificate is to be verified, and nowhere else
export {bundleFromJSON} from '@sigstore/bundle';
export {TrustedRoot} from '@sigstore/protobuf-specs';
export {toSignedEntity, toTrustMaterial, Verifier} from '@sigstore/verify';
