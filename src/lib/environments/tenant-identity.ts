import type {Platform} from './model.ts';

/** The identity of a tenant in a project, as the platform sets it up. */
export interface TenantIdentity {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly provider: string;
  /** The service account's e-mail address. */
  readonly account: string;
}

/** What provider and service account follow from an environment and a tenant; none without the project's id and number. */
export function tenantIdentity(
  {projectNumber, projectId}: Extract<Platform, {vendor: 'gcp'}>,
  tenant: string,
): TenantIdentity | undefined {
  if (projectId === undefined || projectNumber === undefined) return undefined;
  const name = `p2p-${tenant}`;
  // the accounts of a domain-scoped project `example.com:name` are at name.example.com
  const project = projectId.split(':').reverse().join('.');
  return {
    provider: `projects/${projectNumber}/locations/global/workloadIdentityPools/${name}/providers/${name}`,
    account: `${name}@${project}.iam.gserviceaccount.com`,
  };
}
