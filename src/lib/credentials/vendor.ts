import {isLoopback} from '../http/address.ts';

/** The clouds that have credentials of their own. */
export type Vendor = 'gcp' | 'aws' | 'azure';

const registries: Readonly<Record<Vendor, RegExp>> = {
  gcp: /(?:^|\.)(?:pkg\.dev|gcr\.io)$/,
  aws: /\.amazonaws\.com(?:\.cn)?$|\.on\.aws$/,
  azure: /\.azurecr\.(?:io|cn|us)$/,
};

/**
 * Whether a registry is the cloud's own, or on this machine: a cloud's token opens much more than a registry, so no other
 * host is shown it unless the environment says so with `registry.credentials`.
 */
export function isRegistryOf(vendor: Vendor, host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return registries[vendor].test(name) || isLoopback(name);
}

/** The cloud that runs a registry, as far as its host tells. */
export function vendorOf(host: string): Vendor | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return (['gcp', 'aws', 'azure'] as const).find((vendor) => registries[vendor].test(name));
}

/** How someone without any login gets one, by vendor. */
export const loginAdvice: Readonly<Record<Vendor, string>> = {
  gcp: 'log in: gcloud auth application-default login',
  aws: 'log in: aws sso login, or set AWS_PROFILE',
  azure: 'log in: az login',
};
