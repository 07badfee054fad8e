import {usageError} from '../../usage-error.ts';
import parse from 'semver/functions/parse.js';
import {isTag, type Tag} from '../../oci/reference.ts';

/** What `--semver-tags` writes besides the version itself. */
const defaultTemplates: readonly string[] = ['{major}.{minor}', '{major}'];

const placeholders = /\{(major|minor|patch|prerelease|build)\}/g;

/**
 * The tags that follow from a version tag by templates with {major} {minor} {patch} {prerelease} {build}. Without
 * templates the default ones apply, to released versions alone: `1.2.3` gives `1.2` and `1`, `1.2.3-rc.1` nothing. A
 * leading v stays. A template with a part that the version lacks gives nothing. Raises `invalid-template`.
 */
export function versionTags(tag: string, templates: readonly string[]): Tag[] {
  for (const template of templates) checkTemplate(template);
  const version = parse(tag);
  if (version === null) return [];
  const own = templates.length > 0;
  if (!own && version.prerelease.length > 0) return [];
  const parts: Record<string, string> = {
    major: String(version.major),
    minor: String(version.minor),
    patch: String(version.patch),
    prerelease: version.prerelease.join('.'),
    build: version.build.join('.'),
  };
  const prefix = !own && tag.startsWith('v') ? 'v' : '';
  const rendered = (own ? templates : defaultTemplates).flatMap((template) => render(template, parts));
  return [...new Set(rendered.map((text) => `${prefix}${text}`))]
    .filter((text) => text !== tag)
    .filter(isTag);
}

function render(template: string, parts: Readonly<Record<string, string>>): string[] {
  const lacks = [...template.matchAll(placeholders)].some(([, name = '']) => parts[name] === '');
  return lacks ? [] : [template.replace(placeholders, (_all, name: string) => parts[name] ?? '')];
}

function checkTemplate(template: string): void {
  const example = template.replace(placeholders, '1');
  if (isTag(example)) return;
  throw usageError('invalid-template', `--semver-tag-template ${JSON.stringify(template)} makes no tag`, [
    'for instance {major}.{minor}; the placeholders are {major} {minor} {patch} {prerelease} {build}',
  ]);
}
