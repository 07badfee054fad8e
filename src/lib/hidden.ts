/** Stands where a secret stood. */
const mark = '***';
/** Shorter ones occur by chance in what is no secret: in digests, in names. */
const shortest = 6;
/** So much of a longer secret is not shown either: what quotes it may have cut it. */
const telling = 16;

// The one thing that a process has one of: whatever writes, writes to the same log. By the first characters of each form.
const forms = new Map<string, Set<string>>();
const known = new Set<string>();

/** From now on the text is in no output of this process, as it is or in a form that it takes on its way to a server. */
export function hide(secret: string): void {
  const text = secret.trim();
  if (known.has(text) || text.length < shortest) return;
  known.add(text);
  const encoded = base64Forms(text);
  const shown = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), ...encoded];
  for (const form of shown) {
    const first = form.slice(0, shortest);
    if (form.length >= shortest) forms.set(first, (forms.get(first) ?? new Set()).add(form));
  }
}

/** Hides the secret of an Authorization header: its token, or the password in it. */
export function hideAuthorization(header: string): void {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (known.has(value)) return;
  hide(value);
  if (scheme.toLowerCase() !== 'basic') return;
  const login = Buffer.from(value, 'base64').toString('utf8');
  hide(login.slice(login.indexOf(':') + 1));
}

/** The text with a mark in place of each secret that was hidden; in time that grows with the text alone. */
export function redacted(text: string): string {
  if (forms.size === 0) return text;
  let shown = '';
  let from = 0;
  for (let at = 0; at <= text.length - shortest;) {
    const length = secretAt(text, at);
    if (length > 0) {
      shown += `${text.slice(from, at)}${mark}`;
      from = at + length;
    }
    at += Math.max(length, 1);
  }
  return shown + text.slice(from);
}

/** The length of the longest secret that stands there, whole or so far that it tells something; 0 for none. */
function secretAt(text: string, at: number): number {
  let longest = 0;
  for (const form of forms.get(text.slice(at, at + shortest)) ?? []) {
    const length = agreement(form, text, at);
    if (length === form.length || length >= telling) longest = Math.max(longest, length);
  }
  return longest;
}

function agreement(form: string, text: string, at: number): number {
  let length = 0;
  while (length < form.length && form.charCodeAt(length) === text.charCodeAt(at + length)) length += 1;
  return length;
}

/** The base64 of whatever the secret is part of: by its distance from a multiple of three bytes, without what others share in. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor((whole.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((kind) => whole.toString(kind).slice(first, last));
  });
}
