import {expect} from 'chai';
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {dockerLoginsOf, identityFor} from '../../../src/lib/credentials/chain.ts';
import {noConsents} from '../../../src/lib/credentials/consents.ts';
import {parseHostPattern} from '../../../src/lib/oci/host-pattern.ts';
import type {CredentialKind, Environment} from '../../../src/lib/environments/model.ts';
import {redacted} from '../../../src/lib/hidden.ts';
import type {CorectlError} from '../../../src/lib/errors.ts';

const origin = {file: 'f', line: 1, column: 1, key: 'k'};

function environment(name: string, credentials?: CredentialKind): Environment {
  const registry = {url: 'r.io/{stage}', plainHttp: false, ...(credentials && {credentials})};
  return {name, enabled: true, origin, registry};
}

describe('the identity of an environment', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const wanted = {host: 'r.io', path: 'app'};
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-chain-'));
    env = {DOCKER_CONFIG: folder};
    await writeFile(
      path.join(folder, 'config.json'),
      JSON.stringify({auths: {'r.io': {username: 'me', password: 'chain-canary'}}}),
    );
  });
  after(() => rm(folder, {recursive: true}));

  const override = async (content: unknown) => {
    const file = path.join(folder, 'override.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('differs for each environment and side', () => {
    const ids = ['dev', 'prod'].flatMap((name) =>
      (['source', 'destination'] as const).map((role) => identityFor(environment(name), {role, env}).id),
    );
    expect(new Set(ids).size).to.equal(4);
  });

  for (const kind of ['gcp', 'aws', 'azure'] as const) {
    it(`is nothing but ${kind} where that is asked for`, async () => {
      const consents = {...noConsents, trustedHosts: [parseHostPattern('r.io')!]};
      const failure = await identityFor(environment('dev', kind), {role: 'source', env, consents})
        .credential(wanted)
        .catch((error: unknown) => error as CorectlError);
      expect(failure).to.include({code: 'no-credentials', exitCode: 5});
    });

    it(`is docker's login where ${kind} is only the kind to look for first`, async () => {
      const identity = identityFor(environment('dev'), {role: 'source', env, vendor: kind});
      expect(await identity.credential(wanted)).to.include({username: 'me'});
    });
  }

  for (const kind of [undefined, 'docker'] as const) {
    it(`is docker's login where credentials are ${kind ?? 'not set'}`, async () => {
      const identity = identityFor(environment('dev', kind), {role: 'source', env});
      expect(await identity.credential(wanted)).to.include({username: 'me'});
      expect(identity.describe('r.io', 'app')).to.equal(
        `docker configuration ${folder}/config.json (auths "r.io")`,
      );
    });
  }

  it('comes with a warning where the file that holds the login may be read by others, and hides the login', async () => {
    const warnings: string[] = [];
    const teller = {
      warn: (line: string) => warnings.push(line),
    };
    const identity = identityFor(environment('dev'), {role: 'source', env, teller});
    const file = path.join(folder, 'config.json');
    await chmod(file, 0o600);
    await identity.credential(wanted);
    expect(warnings).to.deep.equal([]);
    await chmod(file, 0o604);
    await identity.credential(wanted);
    expect(warnings).to.deep.equal([
      `credential file ${file} may be read by others (mode 604): chmod 600 it`,
    ]);
    expect(redacted(`it is chain-canary, ${Buffer.from('me:chain-canary').toString('base64')}`)).to.match(
      /^it is \*\*\*, \w{4}\*\*\*$/,
    );
  });

  it('is anonymous where that is asked for, whatever docker knows', async () => {
    const identity = identityFor(environment('dev', 'anonymous'), {role: 'source', env});
    expect(await identity.credential(wanted)).to.deep.equal({kind: 'anonymous'});
    expect(identity.describe('r.io', 'app')).to.equal('anonymous');
  });

  it('is anonymous where docker knows no login, and says so', async () => {
    const identity = identityFor(environment('dev'), {role: 'source', env});
    expect(await identity.credential({host: 'q.io', path: 'app'})).to.deep.equal({kind: 'anonymous'});
    expect(identity.describe('q.io', 'app')).to.equal(
      `anonymous, as docker configuration ${folder}/config.json has no login for q.io`,
    );
  });

  it('is what an override file says', async () => {
    const authOverride = await override({auths: {'r.io': {username: 'other', password: 'p'}}});
    const identity = identityFor(environment('dev', 'anonymous'), {role: 'source', env, authOverride});
    expect(await identity.credential(wanted)).to.include({username: 'other'});
    expect(identity.describe('r.io', 'app')).to.contain('override.json');
  });

  it("does not fall back to docker's login behind an override file", async () => {
    const authOverride = await override({auths: {'q.io': {username: 'other', password: 'p'}}});
    const identity = identityFor(environment('dev'), {role: 'source', env, authOverride});
    expect(await identity.credential(wanted)).to.deep.equal({kind: 'anonymous'});
  });

  for (const [title, content, message] of [
    [
      'a service account without an address',
      {type: 'service_account', private_key: 'canary'},
      /expected text at client_email$/,
    ],
    ['an unknown type', {type: 'gdch', secret: 'canary'}, /"gdch" are not supported$/],
    ['an unknown object', {canary: 1}, /neither a "type" nor "auths" nor a credential helper$/],
    ['no JSON', 'canary', /expected a JSON object/],
  ] as const) {
    it(`is refused at once for an override file with ${title}`, async () => {
      const authOverride = await override(content);
      const act = () => identityFor(environment('dev'), {role: 'source', env, authOverride});
      expect(act).to.throw(message).that.includes({code: 'unsupported-credential-file', exitCode: 2});
      expect(act).to.not.throw(/canary/);
    });
  }

  it('is refused at once for an override file that is not there', () => {
    const authOverride = path.join(folder, 'none.json');
    expect(() => identityFor(environment('dev'), {role: 'source', env, authOverride}))
      .to.throw(/none\.json.*ENOENT/)
      .that.satisfies((error: CorectlError) => error.exitCode === 2);
  });

  it('may share one reading of the docker configuration with others', async () => {
    const docker = dockerLoginsOf(env);
    const [dev, prod] = ['dev', 'prod'].map((name) =>
      identityFor(environment(name), {role: 'source', env, docker}),
    );
    await dev?.credential(wanted);
    await writeFile(path.join(folder, 'config.json'), '{}');
    expect(await prod?.credential(wanted)).to.include({username: 'me'});
  });
});
