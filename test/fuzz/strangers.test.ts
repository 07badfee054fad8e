// Everything that parses what strangers write, with what nobody would write. FUZZ_RUNS says how many texts each parser gets (npm run
// fuzz: 20,000), FUZZ_SEED repeats those of an earlier run.
import {expect} from 'chai';
import fc from 'fast-check';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import type {IncomingMessage} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {Readable} from 'node:stream';
import {dockerLogins} from '../../src/lib/credentials/docker/logins.ts';
import {claimsIn} from '../../src/lib/credentials/web-token.ts';
import {nextPage} from '../../src/lib/distribution/next-page.ts';
import {tokenService} from '../../src/lib/distribution/realm.ts';
import {fetchToken} from '../../src/lib/distribution/token.ts';
import {parseYaml} from '../../src/lib/environments/reading/yaml.ts';
import {CorectlError} from '../../src/lib/errors.ts';
import {bundleOfAnnotations} from '../../src/lib/evidence/cosign-annotations.ts';
import {envelopeIn} from '../../src/lib/evidence/dsse.ts';
import {parseJson} from '../../src/lib/json.ts';
import {publicKeyIn} from '../../src/lib/evidence/public-key.ts';
import {simplySigned} from '../../src/lib/evidence/simple-signing.ts';
import {statementIn} from '../../src/lib/evidence/statement.ts';
import {hide} from '../../src/lib/hidden.ts';
import {isInternal} from '../../src/lib/http/address.ts';
import {parseChallenges} from '../../src/lib/http/challenge.ts';
import {followed} from '../../src/lib/http/redirect.ts';
import {retryAfter} from '../../src/lib/http/retry.ts';
import type {Wire} from '../../src/lib/http/wire.ts';
import {digestOf} from '../../src/lib/oci/digest.ts';
import {parseManifest} from '../../src/lib/oci/manifest.ts';
import {OciError} from '../../src/lib/oci-error.ts';
import {isHost, isRepositoryPath, parseImageName} from '../../src/lib/oci/reference.ts';
import {scanProblem} from '../../src/lib/policy/rules/vulnerabilities.ts';
import {promotionIn} from '../../src/lib/record/promotion.ts';
import {recordedPromotion} from '../support/recorded-promotion.ts';
import {printable, printableOutput, jsonText} from '../../src/lib/printable.ts';
import {parsePlain} from '../../src/lib/promoter-manifests/parse.ts';

const numRuns = Number(process.env.FUZZ_RUNS ?? 100);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const registry = new URL('https://registry.example.com/v2/app/tags/list');
const digest = `sha256:${'a'.repeat(64)}`;
const descriptor = `{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"${digest}","size":1}`;

// an object with a toString of its own that is no function cannot be made a text
const jsonPieces = [
  ...['{', '}', '[', ']', '"', ',', ':', 'null', '1', '-1e400', '"__proto__":', '{"toString":1,"valueOf":1}'],
];
const demandedOfScans = {
  ...{type: 'vuln', predicateTypes: [], maxSeverity: 'high' as const},
  maxAge: {text: '1d', milliseconds: 86_400_000},
};

interface Parser {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** A text that it understands. */
  readonly sample: string;
  /** What such texts are made of. */
  readonly pieces: readonly string[];
  /** Characters of the longest text whose time is looked at: 60,000 unless told. */
  readonly longest?: number;
}

const parsers: readonly Parser[] = [
  {
    name: 'a challenge',
    parse: parseChallenges,
    sample:
      'Bearer realm="https://auth.example.com/token",service="s",scope="repository:a:pull", Basic realm=x',
    pieces: ['Bearer ', 'realm=', '"', '\\', ',', '=', ' ', 'a', '\t', 'Basic'],
  },
  {
    name: 'a Link',
    parse: (link) =>
      nextPage({headers: {link}} as Partial<IncomingMessage> as IncomingMessage, registry, 'tags'),
    sample: '</v2/app/tags/list?last=b>; rel="next"',
    pieces: ['<', '>', ';', 'rel', '=', '"', 'next', ',', ' ', '/x?'],
  },
  {
    name: 'a Location',
    parse: (location) => [followed(location, registry), isInternal(location)],
    sample: 'https://[2606:4700::1]:443/v2/app/blobs/uploads/1?_state=a%20b',
    pieces: ['https://', '[', ']', '::', ':', '1', 'ff', '.', '/', '%', '?', '@', '#', '\\'],
  },
  {
    name: 'a token realm',
    parse: (realm) => tokenService(realm, registry),
    sample: 'https://auth.example.com/token?service=x',
    pieces: ['https://', 'http:', '//', '[', '::', ']', '@', '.', 'a', '%', ':'],
  },
  {
    name: 'a Retry-After',
    parse: (text) => retryAfter(text, 0),
    sample: 'Wed, 21 Oct 2026 07:28:00 GMT',
    pieces: ['1', ' ', ',', '-', 'Wed', ':', 'e'],
  },
  {
    name: 'a reference',
    parse: (text) => [isHost(text), isRepositoryPath(text), parseImageName(text)],
    sample: `app/worker:1.2.3@${digest}`,
    pieces: ['a', '/', ':', '.', '-', '__', '_', '@', 'sha256:', 'A', '[', ']', '1'],
  },
  {
    name: 'a manifest',
    parse: (text) => {
      const bytes = Buffer.from(text);
      return parseManifest(bytes, digestOf(bytes), 'application/vnd.oci.image.manifest.v1+json');
    },
    sample: `{"schemaVersion":2,"config":${descriptor},"layers":[${descriptor}],"subject":${descriptor},"annotations":{"a":"b"}}`,
    pieces: [
      '{',
      '}',
      '[',
      ']',
      '"layers":',
      '"config":',
      '"manifests":',
      '"subject":',
      descriptor,
      '"',
      ',',
      'null',
      '-1',
      '1e400',
      '"__proto__":',
    ],
  },
  {
    name: 'YAML',
    parse: (text) => parseYaml(text, 'file.yaml'),
    sample: 'a: &x [1, {b: "c"}]\nd: *x\ne: |\n  text\n',
    pieces: [
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '&x ',
      '*x',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '|',
      '>',
      '#',
      '---\n',
      '? ',
      '!!',
      '%',
      '  ',
      '<<: ',
    ],
    longest: 6_000,
  },
  {
    name: 'a promoter manifest',
    parse: (text) => parsePlain(text, 'file.yaml'),
    sample: `registries:\n- name: a.example.com\n  src: true\nimages:\n- name: app\n  dmap:\n    "${digest}": ["1"]\n`,
    pieces: [
      'registries:\n',
      'images:\n',
      '- name: ',
      'dmap:',
      '"',
      digest,
      ': ',
      '\n',
      '  ',
      '[',
      ']',
      'src: true',
      '"1"',
    ],
    longest: 6_000,
  },
  {
    name: 'a record of a promotion',
    parse: (text) => {
      const statement = statementIn(Buffer.from(text));
      return statement && promotionIn(statement);
    },
    sample: JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{name: 'app', digest: {sha256: 'a'.repeat(64)}}],
      predicateType: 'urn:corectl:promotion:v1',
      predicate: recordedPromotion,
    }),
    pieces: [...jsonPieces, '"subject":', '"digest":', '"predicate":', '"destinations":'],
  },
  {
    name: 'an envelope of what was signed',
    parse: (text) => envelopeIn(parseJson(text)),
    sample: '{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"AAAA"}]}',
    pieces: [...jsonPieces, '"payload":', '"signatures":', '"sig":', '"e30="'],
  },
  {
    name: "a signature of cosign's",
    parse: (text) => {
      const payload = Buffer.from(text);
      const annotations = {
        'dev.sigstore.cosign/certificate': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
        'dev.sigstore.cosign/bundle': text,
        'dev.sigstore.cosign/rfc3161timestamp': text,
      };
      const content = {payload, signature: payload};
      return [simplySigned(payload), bundleOfAnnotations(annotations, content)];
    },
    sample: `{"critical":{"type":"cosign container image signature","image":{"docker-manifest-digest":"${digest}"}},"SignedEntryTimestamp":"AAAA","Payload":{"body":"e30=","integratedTime":1,"logIndex":1,"logID":"aa"}}`,
    pieces: [...jsonPieces, '"critical":', '"image":', '"Payload":', '"logIndex":', '"integratedTime":'],
  },
  {
    name: 'a certificate or a key',
    parse: (text) => [
      publicKeyIn(text),
      bundleOfAnnotations(
        {'dev.sigstore.cosign/certificate': text},
        {payload: Buffer.alloc(1), signature: Buffer.alloc(1)},
      ),
    ],
    sample: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    pieces: [
      '-----BEGIN CERTIFICATE-----',
      '-----BEGIN PUBLIC KEY-----',
      '-----END ',
      '-----',
      '\n',
      'AAAA',
      '=',
    ],
    longest: 6_000,
  },
  {
    name: 'a report of vulnerabilities',
    parse: (text) => scanProblem(parseJson(text), demandedOfScans, new Date(0)),
    sample:
      '{"scanner":{"result":{"Results":[{"Vulnerabilities":[{"Severity":"LOW"}]}]}},"metadata":{"scanFinishedOn":"1970-01-01T00:00:00Z"}}',
    pieces: [
      ...[...jsonPieces, '"scanner":', '"result":', '"Results":', '"Vulnerabilities":', '"Severity":'],
      ...[
        '"matches":',
        '"vulnerability":',
        '"severity":',
        '"score":',
        '"constructor"',
        '"1e9"',
        '"metadata":',
      ],
    ],
  },
  {
    name: 'a web token',
    parse: claimsIn,
    sample: 'eyJhbGciOiJub25lIn0.eyJleHAiOjF9.x',
    pieces: ['.', 'eyJ', '=', 'A', '_', '-', 'é'],
  },
  {
    name: 'text for people',
    parse: (text) => [
      printable(text),
      printableOutput(text, {logs: true}),
      printableOutput(text, {logs: false}),
      jsonText(text),
    ],
    sample: 'denied: ##[error]x ::error::y \u001b[31m',
    pieces: [
      '##',
      '[',
      '::',
      '#',
      ' ',
      '\n',
      '\r',
      '\u001b',
      '\u00ad',
      '\u061c',
      'vso',
      'error',
      'fuzz-canary',
      '\u2028',
      '\u{e0041}',
      '\ud800',
    ],
  },
];

const textsLike = ({sample, pieces}: Parser): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({unit: 'binary', maxLength: 200}),
    fc.array(fc.constantFrom(...pieces), {maxLength: 60}).map((parts) => parts.join('')),
    fc
      .tuple(fc.nat(sample.length), fc.nat(20), fc.constantFrom(...pieces, ''))
      .map(([at, length, piece]) => sample.slice(0, at) + piece + sample.slice(at + length)),
  );

function expected(error: unknown): boolean {
  return error instanceof CorectlError || error instanceof OciError;
}

describe('what strangers write', function () {
  this.timeout(Math.max(60_000, numRuns * 60));
  hide('fuzz-canary');
  before(() => {
    process.stdout.write(`  fuzzing with FUZZ_SEED=${seed} FUZZ_RUNS=${numRuns}\n`);
  });

  for (const parser of parsers) {
    it(`as ${parser.name} is understood or refused, never a crash`, () => {
      fc.assert(
        fc.property(textsLike(parser), (text) => {
          try {
            parser.parse(text);
          } catch (error) {
            if (!expected(error)) throw error;
          }
        }),
        {numRuns, seed},
      );
      parser.parse(parser.sample);
    });

    it(`as ${parser.name} takes no longer than it is long`, () => {
      const longest = parser.longest ?? 60_000;
      for (const piece of [...parser.pieces, parser.sample]) {
        const times = () =>
          [longest / 4, longest].map((length) => {
            const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
            return cpuTime(() => {
              attempt(() => parser.parse(text));
            });
          }) as [number, number];
        let [short, long] = times();
        // it is the time of what collects garbage, too, and compiles
        for (let again = 0; again < 3 && long >= 9 * short + 40; again += 1) [short, long] = times();
        // four times the text: sixteen times as long where it is quadratic
        expect(long, `made of ${JSON.stringify(piece)}`).to.be.lessThan(9 * short + 40);
      }
    });
  }

  it('as text for people commands nobody, hides nothing from them and reads the same as JSON', () => {
    const parser = parsers.find(({name}) => name === 'text for people')!;
    fc.assert(
      fc.property(textsLike(parser), fc.boolean(), (text, logs) => {
        const [line, output, json] = [
          printable(text),
          printableOutput(text, {logs}),
          jsonText({[text]: text}),
        ];
        for (const one of [line, output, json]) {
          expect(one).not.to.match(/##\w*\[|^[^\S\r\n]*::/m);
          expect(one).not.to.match(
            /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cs}\u2028\u2029\u0080-\u009f]/u,
          );
        }
        for (const one of [line, output]) expect(one).not.to.include('fuzz-canary');
        expect(line).not.to.match(/\p{Cc}/u);
        expect(printable(line)).to.equal(line);
        expect(JSON.parse(json)).to.deep.equal({[text]: text});
      }),
      {numRuns, seed},
    );
  });

  it('as the answer of a token service is a token or an error', async () => {
    const pieces = [
      '{',
      '}',
      '"token":',
      '"access_token":',
      '"expires_in":',
      '"a"',
      '-1',
      '1e999',
      'null',
      ',',
      '[]',
      '" "',
    ];
    const texts = textsLike({name: '', parse: String, sample: '{"token":"abc","expires_in":300}', pieces});
    const challenge = {scheme: 'bearer', parameters: new Map([['realm', 'https://auth.example.com/token']])};
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom(200, 201, 401, 403, 500), async (body, statusCode) => {
        const answer = Object.assign(Readable.from([Buffer.from(body)]), {
          statusCode,
          headers: {},
          rawHeaders: [],
        });
        const wire = {limits: {idle: 1000}, send: () => Promise.resolve(answer)} as object as Wire;
        const token = await fetchToken(wire, {
          challenge,
          credential: {kind: 'anonymous'},
          scopes: [],
          registry,
        }).catch((error: unknown) => error);
        if (expected(token)) return;
        expect(token)
          .to.have.property('value')
          .that.matches(/^[\x21-\x7e]+$/);
        expect(token).to.have.property('expires').that.is.finite;
      }),
      {numRuns, seed},
    );
  });

  it("as docker's configuration is a login, none, or an error that does not quote it", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corectl-fuzz-'));
    const file = path.join(folder, 'config.json');
    const sample =
      '{"auths":{"r.example.com":{"auth":"bWU6cXVvdGVkLWNhbmFyeQ=="},"https://index.docker.io/v1/":{"identitytoken":"quoted-canary"}}}';
    const pieces = [
      '{',
      '}',
      '"auths":',
      '"r.example.com":',
      '"auth":',
      '"quoted-canary"',
      '"credHelpers":',
      '"__proto__":',
      ',',
      '[]',
      '1',
      'null',
      '"username":',
      '"password":',
    ];
    try {
      await fc.assert(
        fc.asyncProperty(textsLike({name: '', parse: String, sample, pieces}), async (text) => {
          writeFileSync(file, text);
          const found: unknown = await dockerLogins(file, {env: {}})
            .find({host: 'r.example.com', path: 'app', plainHttp: false})
            .catch((error: unknown) => error);
          if (!(found instanceof Error)) return;
          if (!expected(found)) throw found;
          expect(found.message).not.to.include('canary');
        }),
        {numRuns, seed},
      );
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  });
});

function attempt(run: () => unknown): void {
  try {
    run();
  } catch {
    // whether it may be refused so is another test's matter
  }
}

/** The least milliseconds of processor time of two attempts, whatever else the machine does. */
function cpuTime(run: () => unknown): number {
  return Math.min(
    ...[1, 2].map(() => {
      const before = process.cpuUsage();
      run();
      const {user, system} = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}
