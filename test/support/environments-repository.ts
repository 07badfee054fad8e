import type {Files} from './git.ts';

/** A small and sound environments repository: three environments, two tenants, three stages. */
export const sampleRepository: Files = {
  'corectl.yaml': `p2p:
  fast-feedback:
    default-envs: [gcp-dev]
  extended-test:
    default-envs: [gcp-dev]
  prod:
    default-envs: [prod-eu, prod-cn]
`,
  'environments/environments.yaml': 'enabled:\n  - gcp-dev\n  - prod-eu\n  - prod-cn\n',
  'environments/gcp-dev/config.yaml': `environment: gcp-dev
tier: dev
platform:
  vendor: gcp
  projectId: core-platform-dev-1a2b
  projectNumber: "123456789012"
  region: europe-west2
`,
  'environments/prod-eu/config.yaml': `environment: prod-eu
tier: prod
platform: {vendor: gcp, projectId: core-platform-prod, projectNumber: 210987654321, region: europe-west1}
registry:
  url: harbor.example.com/platform/{tenant}
  credentials: docker
`,
  'environments/prod-cn/config.yaml': `environment: prod-cn
platform: {vendor: aws, accountId: 012345678901, region: cn-north-1}
`,
  'tenants/tenants/org.ou.yaml': 'name: org\nkind: OrgUnit\nenvironments: [gcp-dev]\n',
  'tenants/tenants/org/payments.du.yaml': `name: payments
kind: DeliveryUnit
owner: org
environments: [gcp-dev, prod-eu, prod-cn]
`,
  'tenants/tenants/legacy.yaml': 'name: legacy\nenvironments:\n  - gcp-dev\n',
};
