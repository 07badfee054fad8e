/** The clouds that have credentials of their own. */
export type Vendor = 'gcp' | 'aws' | 'azure';

// Whole names, as anyone can rent others below the same domains: a bucket, a function's URL, an API gateway.
const registries: Readonly<Record<Vendor, RegExp>> = {
  // Artifact Registry by region or multi-region; Container Registry and its regional forms
  gcp: /^(?:(?:us|europe|asia|[a-z]+-[a-z]+\d{1,2})-docker\.pkg\.dev|(?:(?:us|eu|asia)\.)?gcr\.io)$/,
  // also by dual-stack names (`dkr-ecr`, on.aws) and with FIPS endpoints
  aws: /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z]{2}(?:-[a-z]+)+-\d{1,2}\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/,
  // also with the hash that Azure adds to names; China, US government
  azure: /^[a-z0-9]+(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/,
};

const vendors = Object.keys(registries) as Vendor[];

/** Whether a registry is the cloud's own. */
export const isRegistryOf = (vendor: Vendor, host: string): boolean =>
  registries[vendor].test(host.toLowerCase().replace(/:443$/, ''));

/** The cloud that runs a registry, as far as its host tells. */
export const vendorOf = (host: string): Vendor | undefined =>
  vendors.find((vendor) => isRegistryOf(vendor, host));

/** Whose credentials they are, in messages. */
export const ownerOf: Readonly<Record<Vendor, string>> = {gcp: 'Google', aws: 'AWS', azure: 'Azure'};

/** How someone without any login gets one, by vendor. */
export const loginAdvice: Readonly<Record<Vendor, string>> = {
  gcp: 'log in: gcloud auth application-default login',
  aws: 'log in: aws sso login, or set AWS_PROFILE',
  azure: 'log in: az login',
};
