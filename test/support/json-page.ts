// docs/json.md: every field of every document, from the descriptions of their shapes.
import {publishedDocuments, type PublishedDocument} from './documents.ts';
import {schemaOfShape, schemaVersion, type JsonSchema} from './json-schemas.ts';

/** A field as the page tells it. */
export interface Field {
  /** `images[].destinations[].status` */
  readonly path: string;
  readonly type: string;
  readonly description: string;
}

/** The page as it is to be. */
export function jsonPage(): string {
  const sections = Object.entries(publishedDocuments).map(([name, document]) => sectionOf(name, document));
  return `${head}\n${sections.join('\n')}\n${parts()}`;
}

/** Every field of a schema, those of its parts too; what stands in `$defs` is told once, where it is defined. */
export function fieldsOf(schema: JsonSchema, path = ''): Field[] {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const optional = schema.required?.includes(name) === true ? '' : ', may be absent';
    const field = {path: at, type: `${typeOf(property)}${optional}`, description: property.description ?? ''};
    return [field, ...fieldsOf(property, at)];
  });
  const inItems = schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[]`);
  const {additionalProperties: values} = schema;
  const inValues = typeof values === 'object' ? fieldsOf(values, `${path}.*`) : [];
  const all = [...variants.flatMap((one) => fieldsOf(one, path)), ...below, ...inItems, ...inValues];
  return all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
}

const isSame = (one: Field, other: Field): boolean =>
  one.path === other.path && one.type === other.type && one.description === other.description;

const head = `# JSON documents

Every command prints one JSON document on stdout with \`--json\`, whatever happens, and everything else on stderr. Each has a
[JSON Schema](https://json-schema.org) in the package, in \`schemas/${schemaVersion}/\`: \`node_modules/corectl/schemas/${schemaVersion}/p2p-promote.json\` and so on.

- \`ok\`, \`exitCode\` and \`error\` are in every document but \`p2p matrix\`, which is for \`strategy.matrix\` as it is. \`exitCode\` is what the process
  exits with.
- Fields are added and never renamed, nor do they change their meaning: pass over those that you do not know. What a reader would
  misread gets schemas of a new number beside these.
- Texts from registries and repositories are free of control characters and of what CI systems take for commands. No secret is in them.
- Times are in UTC, durations in milliseconds, amounts in bytes.
- \`--help\` and \`--version\` print text, with \`--json\` too. A topic without a command (\`corectl p2p --json\`) is a failure.
- Ctrl-C, a second one, a mistyped command line and a bug have their document too. Where stdout takes none (a full disk), stderr says so
  and the exit code is 1. Where \`--events\` or the files of a runner could not be written, \`error\` says so.

<!-- Made from the shapes in src/lib/: npm run goldens writes it and the schemas anew. -->
`;

function sectionOf(name: string, document: PublishedDocument): string {
  const {title, forms} = document;
  const schema = `Its schema is [${name}.json](../schemas/${schemaVersion}/${name}.json).`;
  const tables = Object.entries(forms).map(([when, shape]) => {
    const caption = when === '' ? '' : `${when[0]?.toUpperCase() ?? ''}${when.slice(1)}:\n\n`;
    if (shape === publishedDocuments.error?.forms[''] && name !== 'error')
      return `${caption}a [failure](#error).\n`;
    return `${caption}${tableOf(fieldsOf(schemaOfShape(shape)))}`;
  });
  const heading = name === 'error' ? 'error' : title;
  const intro = name === 'error' ? `This is ${title}. ` : '';
  return `## ${heading}\n\n${intro}${schema}\n\n${tables.join('\n')}`;
}

/** What documents have in common, once. */
function parts(): string {
  const defs = Object.values(publishedDocuments).flatMap(({forms}) =>
    Object.values(forms).flatMap((shape) => Object.entries(schemaOfShape(shape).$defs ?? {})),
  );
  const sections = [...new Map(defs)].map(
    ([name, schema]) => `### ${partName(name)}\n\n${tableOf(fieldsOf(schema))}`,
  );
  return `## Parts\n\n${sections.join('\n')}`;
}

const partName = (name: string): string => `the ${name} object`;

function tableOf(fields: readonly Field[]): string {
  const rows = fields.map(
    ({path, type, description}) => `| \`${path}\` | ${type} | ${description.replaceAll('|', '\\|')} |\n`,
  );
  return `| field | type | |\n| --- | --- | --- |\n${rows.join('')}`;
}

function typeOf({$ref, anyOf, oneOf, type, items, additionalProperties, ...schema}: JsonSchema): string {
  if ($ref !== undefined) {
    const name = partName($ref.replace('#/$defs/', ''));
    return `[${name.replace(/^the | object$/g, '')}](#${name.replaceAll(' ', '-')})`;
  }
  const variants = anyOf ?? oneOf;
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return `object of ${typeOf(additionalProperties)}`;
  return [type].flat().join(' or ');
}
