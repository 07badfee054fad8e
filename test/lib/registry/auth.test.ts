import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {basic, codesIn, send, upload} from '../../support/registry-client.ts';
import {pushBlob, registriesOfTest} from '../../support/registry.ts';

const content = Buffer.from('content');
const digest = digestOf(content);
const users = [
  {name: 'dev', password: 'dev-password', permissions: [{prefix: 'dev', actions: ['pull', 'push']}]},
  {
    name: 'prod',
    password: 'prod:password',
    refreshToken: 'prod-refresh-token',
    permissions: [
      {prefix: 'prod', actions: ['pull', 'push', 'delete']},
      {prefix: 'dev', actions: ['pull']},
    ],
  },
] as const;
const octets = {'content-type': 'application/octet-stream'};

describe('basic auth of the built-in registry', () => {
  const registries = registriesOfTest();
  const start = () => registries.start({auth: {kind: 'basic', users}});

  it('asks strangers for a password', async () => {
    const {url} = await start();
    const wrong = [
      {},
      basic('dev', 'wrong'),
      basic('nobody', 'dev-password'),
      {authorization: 'Bearer dev-password'},
    ];
    for (const headers of wrong) {
      const reply = await send(`${url}/v2/`, {headers});
      expect(reply.status).to.equal(401);
      expect(codesIn(reply)).to.deep.equal(['UNAUTHORIZED']);
      expect(reply.headers['www-authenticate']).to.match(/^Basic realm="/);
    }
    expect((await send(`${url}/v2/`, {headers: basic('prod', 'prod:password')})).status).to.equal(200);
  });

  it('gives two users of one host different rights', async () => {
    const registry = await start();
    const dev = basic('dev', 'dev-password');
    expect((await upload(`${registry.url}/v2/dev/app`, content, dev)).status).to.equal(201);
    const reply = await send(`${registry.url}/v2/prod/app/blobs/${digest}`, {headers: dev});
    expect(reply.status).to.equal(403);
    expect(codesIn(reply)).to.deep.equal(['DENIED']);
    expect(
      (await send(`${registry.url}/v2/development/app/blobs/${digest}`, {headers: dev})).status,
    ).to.equal(403);
    const prod = basic('prod', 'prod:password');
    expect((await send(`${registry.url}/v2/dev/app/blobs/${digest}`, {headers: prod})).body.equals(content))
      .to.be.true;
    const push = await send(`${registry.url}/v2/dev/app/blobs/uploads/`, {method: 'POST', headers: prod});
    expect(push.status).to.equal(403);
  });

  it('mounts only what the user may pull', async () => {
    const registry = await start();
    await pushBlob(registry, 'dev/app', content);
    await pushBlob(registry, 'secret/app', content);
    const mount = (from: string) =>
      send(`${registry.url}/v2/prod/app/blobs/uploads/?mount=${digest}&from=${from}`, {
        method: 'POST',
        headers: basic('prod', 'prod:password'),
      });
    expect((await mount('secret/app')).status).to.equal(202);
    expect((await mount('dev/app')).status).to.equal(201);
  });

  it('lets everybody do what it is told to', async () => {
    const anonymous = [{prefix: 'public', actions: ['pull']}] as const;
    const registry = await registries.start({auth: {kind: 'basic', users, anonymous}});
    await pushBlob(registry, 'public/app', content);
    expect((await send(`${registry.url}/v2/public/app/blobs/${digest}`)).status).to.equal(200);
    expect((await send(`${registry.url}/v2/dev/app/blobs/${digest}`)).status).to.equal(401);
  });
});

describe('bearer auth of the built-in registry', () => {
  const registries = registriesOfTest();
  const prod = basic('prod', 'prod:password');
  let now = 1_000_000;

  const start = (options: {expiresIn?: number | undefined; ownOrigin?: boolean; mounts?: 'refuse'} = {}) => {
    const {mounts, ...auth} = options;
    return registries.start({
      auth: {kind: 'bearer', users, ...auth},
      clock: () => now,
      ...(mounts && {mounts}),
    });
  };

  interface TokenReply {
    token: string;
    access_token: string;
    expires_in?: number;
    issued_at: string;
    refresh_token?: string;
  }

  async function token(
    realm: string,
    scopes: string[],
    headers: Record<string, string> = prod,
  ): Promise<TokenReply> {
    const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('');
    const {status, body} = await send(`${realm}?service=corectl${query}`, {headers});
    expect(status).to.equal(200);
    return JSON.parse(body.toString()) as TokenReply;
  }

  const bearer = (reply: TokenReply) => ({authorization: `Bearer ${reply.token}`});

  it('names realm, service and scope in its challenge', async () => {
    const registry = await start();
    const challenge = async (path: string, method = 'GET') => {
      const reply = await send(`${registry.url}${path}`, {method});
      expect(reply.status).to.equal(401);
      return reply.headers['www-authenticate'];
    };
    const realm = `Bearer realm="${registry.url}/token",service="corectl"`;
    expect(await challenge('/v2/')).to.equal(realm);
    expect(await challenge(`/v2/prod/app/blobs/${digest}`)).to.equal(
      `${realm},scope="repository:prod/app:pull"`,
    );
    expect(await challenge('/v2/prod/app/blobs/uploads/', 'POST')).to.equal(
      `${realm},scope="repository:prod/app:pull,push"`,
    );
    expect(await challenge('/v2/prod/app/manifests/1', 'DELETE')).to.equal(
      `${realm},scope="repository:prod/app:delete"`,
    );
  });

  it('takes a token for what it was made for and nothing else', async () => {
    const registry = await start();
    const pushing = bearer(await token(`${registry.url}/token`, ['repository:prod/app:pull,push']));
    expect((await upload(`${registry.url}/v2/prod/app`, content, pushing)).status).to.equal(201);
    const reply = await send(`${registry.url}/v2/prod/other/blobs/${digest}`, {headers: pushing});
    expect(reply.status).to.equal(401);
    expect(reply.headers['www-authenticate']).to.match(
      /scope="repository:prod\/other:pull",error="insufficient_scope"$/,
    );
    expect((await send(`${registry.url}/v2/`, {headers: pushing})).status).to.equal(200);
  });

  it('grants the part of a scope that the user may have', async () => {
    const registry = await start();
    const asked = ['repository:dev/app:pull,push', 'repository:prod/app:*', 'registry:catalog:*'];
    const headers = bearer(await token(`${registry.url}/token`, [asked.join(' ')]));
    await pushBlob(registry, 'dev/app', content);
    expect((await send(`${registry.url}/v2/dev/app/blobs/${digest}`, {headers})).status).to.equal(200);
    const post = (name: string) =>
      send(`${registry.url}/v2/${name}/blobs/uploads/`, {method: 'POST', headers});
    expect((await post('dev/app')).status).to.equal(401);
    expect((await post('prod/app')).status).to.equal(202);
  });

  it('mounts with a token for both repositories, else uploads or refuses as told', async () => {
    for (const [mounts, expected] of [
      [undefined, 202],
      ['refuse', 401],
    ] as const) {
      const registry = await start(mounts ? {mounts} : {});
      await pushBlob(registry, 'dev/app', content);
      const url = `${registry.url}/v2/prod/app/blobs/uploads/?mount=${digest}&from=dev/app`;
      const one = bearer(await token(`${registry.url}/token`, ['repository:prod/app:pull,push']));
      expect((await send(url, {method: 'POST', headers: one})).status).to.equal(expected);
      const both = ['repository:prod/app:pull,push', 'repository:dev/app:pull'];
      const headers = bearer(await token(`${registry.url}/token`, both));
      expect((await send(url, {method: 'POST', headers})).status).to.equal(201);
    }
  });

  it('lets tokens die', async () => {
    for (const [expiresIn, seconds] of [
      [5, 5],
      [undefined, 60],
    ] as const) {
      const registry = await start({expiresIn});
      const reply = await token(`${registry.url}/token`, ['repository:prod/app:pull,push']);
      expect(reply.expires_in).to.equal(expiresIn);
      expect(reply.access_token).to.equal(reply.token);
      expect(new Date(reply.issued_at).getTime()).to.equal(now);
      const headers = bearer(reply);
      now += seconds * 1000 - 1;
      expect((await send(`${registry.url}/v2/`, {headers})).status).to.equal(200);
      now += 1;
      const refused = await send(`${registry.url}/v2/`, {headers});
      expect(refused.status).to.equal(401);
      expect(refused.headers['www-authenticate']).to.match(/error="invalid_token"$/);
    }
  });

  it('can take all tokens back', async () => {
    const registry = await start();
    const headers = bearer(await token(`${registry.url}/token`, []));
    registry.tokens!.revoke();
    expect((await send(`${registry.url}/v2/`, {headers})).status).to.equal(401);
  });

  it('refuses wrong passwords at the token service, and basic auth at the registry', async () => {
    const registry = await start();
    expect((await send(`${registry.url}/token`, {headers: basic('prod', 'wrong')})).status).to.equal(401);
    expect((await send(`${registry.url}/v2/`, {headers: prod})).status).to.equal(401);
    const stranger = bearer(await token(`${registry.url}/token`, ['repository:prod/app:pull'], {}));
    expect((await send(`${registry.url}/v2/prod/app/tags/list`, {headers: stranger})).status).to.equal(401);
  });

  it('speaks OAuth2 as well', async () => {
    const registry = await start();
    const ask = async (form: Record<string, string>) =>
      send(`${registry.url}/token`, {
        method: 'POST',
        headers: {'content-type': 'application/x-www-form-urlencoded'},
        body: new URLSearchParams({
          service: 'corectl',
          client_id: 'test',
          scope: 'repository:prod/app:pull,push repository:dev/app:pull',
          ...form,
        }).toString(),
      });
    const password = {
      grant_type: 'password',
      username: 'prod',
      password: 'prod:password',
      access_type: 'offline',
    };
    for (const form of [password, {grant_type: 'refresh_token', refresh_token: 'prod-refresh-token'}]) {
      const {status, body} = await ask(form);
      expect(status).to.equal(200);
      const reply = JSON.parse(body.toString()) as TokenReply;
      expect(reply.refresh_token).to.equal(form === password ? 'prod-refresh-token' : undefined);
      expect((await upload(`${registry.url}/v2/prod/app`, content, bearer(reply))).status).to.equal(201);
    }
    expect((await ask({grant_type: 'refresh_token', refresh_token: 'wrong'})).status).to.equal(401);
    expect((await ask({grant_type: 'refresh_token'})).status).to.equal(401);
    expect((await ask({...password, password: 'wrong'})).status).to.equal(401);
  });

  it('can have its token service on an origin of its own', async () => {
    const registry = await start({ownOrigin: true});
    const realm = registry.tokens!.url;
    expect(new URL(realm).origin).not.to.equal(registry.url);
    expect((await send(`${registry.url}/v2/`)).headers['www-authenticate']).to.include(`realm="${realm}"`);
    const headers = bearer(await token(realm, ['repository:prod/app:pull,push']));
    expect((await upload(`${registry.url}/v2/prod/app`, content, headers)).status).to.equal(201);
    expect(registry.tokens!.log!.requests()).to.have.lengthOf(1);
    registry.tokenFaults.add({action: {status: 503}});
    expect((await send(realm, {headers: {...prod, ...octets}})).status).to.equal(503);
  });
});
