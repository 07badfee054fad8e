/** Short names of predicate types, as cosign has them too, and the types that each stands for. */
const shortNames: Readonly<Record<string, readonly string[]>> = {
  slsa: [
    'https://slsa.dev/provenance/v0.1',
    'https://slsa.dev/provenance/v0.2',
    'https://slsa.dev/provenance/v1',
  ],
  vuln: [
    'https://cosign.sigstore.dev/attestation/vuln/v1',
    'https://in-toto.io/attestation/vulns/v0.1',
    'https://in-toto.io/attestation/vulns/v0.2',
  ],
  spdx: ['https://spdx.dev/Document'],
  cyclonedx: ['https://cyclonedx.org/bom'],
  openvex: ['https://openvex.dev/ns'],
};

/** The short names, for messages. */
export const predicateNames: readonly string[] = Object.keys(shortNames);

/** The predicate types that a policy's `type` stands for: those of a short name, or a URI itself; undefined for neither. */
export function predicateTypesOf(type: string): readonly string[] | undefined {
  if (Object.hasOwn(shortNames, type)) return shortNames[type];
  return /^[a-z][a-z0-9+.-]*:[^\s\p{Cc}]+$/u.test(type) ? [type] : undefined;
}

/** The predicate type by which cosign 3 signs images (cosign, its bundle format for signatures). */
export const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';
