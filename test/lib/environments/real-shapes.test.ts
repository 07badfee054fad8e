import {formatRepository} from '../../../src/lib/oci/reference.ts';
import {expect} from 'chai';
import {loadModel} from '../../../src/lib/environments/reading/load.ts';
import {describeRepository, locateRepository} from '../../../src/lib/environments/location.ts';
import {formatProblem} from '../../../src/lib/environments/problem.ts';
import {parseYaml} from '../../../src/lib/environments/reading/yaml.ts';
import {remove, temporaryFolder, writeFiles, type Files} from '../../support/git.ts';

/** What the repositories of a platform look like, with all that corectl has no use for. */
const inUse: Files = {
  'environments/environments.yaml': 'enabled:\n  - staging\n  - live',
  'environments/staging/config.yaml': `release: "1.4.0"

environment: "staging"
tier: "dev"
domain: "staging.example.org"

features:
  - network
  - tenants-yaml
#  - monitoring

platform:
  vendor: gcp
  readonlyGroup: "readers@example.org"
  projectId: "projectId-staging"
  projectNumber: "333333333333"
  tenantInfraFolderId: "4444444444"
  region: "europe-north1"

tenantsYaml:
  tenantsYamlPath: tenants

ingressDomains:
  - name: default
    domain: "apps.staging.example.org"
`,
  'environments/live/config.yaml': `environment: "live"
platform: {projectId: "acme-live-7f", projectNumber: "055555555555", region: "europe-north1", vendor: gcp}
tenantsYaml: {tenantsYamlPath: ./tenants/}
`,
  'environments/sample-azure/config.yaml': `environment: "sample-azure"
release: main
platform:
  subscriptionId: "11111111-2222-3333-4444-555555555555"
  resourceGroupName: "sample-azure"
  region: "West Europe"
  vendor: azure
bucket:
  location: "West Europe"
`,
  'tenants/schema.yaml': "name: str(min='1')\n---\nenvironment: str(min='1')\n",
  'tenants/tenants/crew.ou.yaml':
    '---\nname: crew\nkind: OrgUnit\nenvironments:\n  - staging\n  - live\ncloudAccess: []\n',
  'tenants/tenants/crew/boat.du.yaml':
    '---\nname: boat\nkind: DeliveryUnit\ntype: application\nowner: crew\nenvironments:\n  - staging\n  - live\n',
};

/** The workflows' rule, in their words. */
const byWorkflows = (
  vars: {REGION: string; PROJECT_ID: string; TENANT_NAME: string},
  stage: string,
): string => `${vars.REGION}-docker.pkg.dev/${vars.PROJECT_ID}/tenant/${vars.TENANT_NAME}/${stage}`;

describe('repositories as they are in use', () => {
  let root: string;
  beforeEach(() => {
    root = temporaryFolder();
    writeFiles(root, inUse);
  });
  afterEach(() => {
    remove(root);
  });

  const stages = (text: string) =>
    parseYaml(`repositories: {cplatform: x, templates: y}\np2p:\n${text}`, 'init.yaml');

  it('are read, and lead where the workflows lead', async () => {
    const model = await loadModel(
      root,
      stages('  fast-feedback: {default-envs: [staging]}\n  prod:\n    default-envs:\n      - live\n'),
    );
    expect([...model.environments.keys()]).to.have.members(['staging', 'live', 'sample-azure']);
    expect([...model.tenants.keys()]).to.have.members(['crew', 'boat']);
    for (const [name, PROJECT_ID, stage] of [
      ['staging', 'projectId-staging', 'fast-feedback'],
      ['live', 'acme-live-7f', 'prod'],
    ] as const) {
      const vars = {REGION: 'europe-north1', PROJECT_ID, TENANT_NAME: 'boat'};
      const environment = model.environments.get(name)!;
      expect(describeRepository(environment, {tenant: 'boat', stage})).to.equal(byWorkflows(vars, stage));
    }
    const repository = locateRepository(model.environments.get('live')!, {
      tenant: 'boat',
      stage: 'prod',
      image: 'app',
    });
    expect(formatRepository(repository)).to.equal(
      `${byWorkflows({REGION: 'europe-north1', PROJECT_ID: 'acme-live-7f', TENANT_NAME: 'boat'}, 'prod')}/app`,
    );
  });

  it('are told what no registry would take, where a stage needs it and only there', async () => {
    const used = stages('  fast-feedback: {default-envs: [staging]}\n  prod: {default-envs: [live]}\n');
    expect((await loadModel(root, used)).problems.map(formatProblem)).to.deep.equal([
      'environments/staging/config.yaml:12:1 platform: expected what makes a repository in lower case, found "projectId-staging/tenant/tenant/stage/image"',
    ]);
    const unused = stages('  prod: {default-envs: [live]}\n');
    expect((await loadModel(root, unused)).problems).to.deep.equal([]);
  });
});
