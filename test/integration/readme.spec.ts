import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { parseEnv } from 'node:util';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Folders whose documents are not ours. */
const FOREIGN = new Set(['node_modules', 'dist', 'coverage', '.git', '.data']);

const documents = markdownIn(root).sort();

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : markdownIn(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

function withoutFences(text: string): string {
  return text.replace(/^ *```.*?^ *```$/gms, '');
}

/** Every `[text](target)` that leads to a file or a heading of ours. */
function linksIn(document: string): string[] {
  const text = withoutFences(read(document)).replace(/`[^`\n]*`/g, 'code');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** As GitHub and others name headings: lower case, spaces as hyphens, without punctuation; the second one of a name ends in -1. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(read(document)).matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading);
    let count = 0;
    let unique = anchor;
    while (anchors.has(unique)) unique = `${anchor}-${++count}`;
    anchors.add(unique);
  }
  return anchors;
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? document : relative(root, join(root, dirname(document), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).has(anchor);
}

describe('the documents', () => {
  it.each(documents)('link only to what is there: %s', (document) => {
    expect(linksIn(document).filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });

  it.each(documents)('name only npm scripts that exist: %s', (document) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = read(document).matchAll(/\bnpm (?:run (?:--\S+ )*|(?=(?:start|test)\b))([a-z][a-z:]*)/g);
    expect([...named].map(([, name = '']) => name).filter((name) => !(name in scripts))).toEqual([]);
  });

  // Elsewhere capitals may be anything; these two speak to operators.
  it.each(['README.md', 'SECURITY.md'])('name only environment variables that exist: %s', (document) => {
    const variables = parseEnv(read('.env.example'));
    const named = read(document).matchAll(/`([A-Z]+)`|\b([A-Z]+(?:_[A-Z]+)+)\b/g);
    const names = [...named].map(([, word, name]) => word ?? name ?? '');
    expect(names).toContain('JWT_SECRET');
    expect(names.filter((name) => !(name in variables))).toEqual([]);
  });
});

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

/** What the rule allows, in the words of the document. */
function allowedBy({ to }: Rule, folder: string): string {
  const own = [`^src/${folder}/`, `^src/${folder.replace('X', '$1')}/`];
  const patterns = [to.pathNot ?? []].flat().filter((pattern) => !own.includes(pattern));
  return patterns.map(inWords).join(', ') || 'nothing';
}

function inWords(pattern: string): string {
  const [, folder] = /^\^src\/(\w+)\/$/.exec(pattern) ?? [];
  if (folder !== undefined) return `\`${folder}\``;
  if (pattern.startsWith('^src/dispatch/payload-validator')) return "dispatch's check of payloads";
  if (pattern.startsWith('^src/dispatch/')) return "dispatch's decorator";
  if (pattern.startsWith('^src/dialects/')) return 'the dialect interface';
  if (pattern.startsWith('^src/delivery/bus/')) return "delivery's bus";
  if (pattern.startsWith('^src/delivery/')) return "delivery's hub";
  if (pattern.startsWith('^src/(extensions|')) return "the operator's modules";
  if (pattern.startsWith('^src/services/(dto/|')) return "the services' DTOs";
  const [, below] = /^\^src\/services\/\(?([\w|]+)\)?\/$/.exec(pattern) ?? [];
  if (below !== undefined) return `the services below (\`${below.replaceAll('|', '`, `')}\`)`;
  return pattern;
}

/** The folder that a rule is about, as the table names it; undefined for rules about something else. */
function subjectOf({ name }: Rule): string | undefined {
  if (name === 'dialects-are-strangers') return 'dialects/X';
  if (name === 'services-are-strangers') return 'services/X';
  return /^imports-of-(\w+)$/.exec(name)?.[1];
}

function enforcedTable(): Record<string, string> {
  const cruiser = createRequire(__filename)(join(root, '.dependency-cruiser.cjs')) as { forbidden: readonly Rule[] };
  const table: Record<string, string> = {};
  for (const rule of cruiser.forbidden) {
    const subject = subjectOf(rule);
    if (subject !== undefined) table[subject] = allowedBy(rule, subject);
  }
  return table;
}

/** The rows of the section's table that begin with one or more names in backticks. */
function rowsOf(heading: string): (readonly [names: readonly string[], text: string])[] {
  const section = read('ARCHITECTURE.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) *\| (.*?) *\|$/gm);
  return [...rows].map(([, names = '', text = '']) => [names.replaceAll('`', '').split(', '), text] as const);
}

describe('ARCHITECTURE.md', () => {
  it('shows the import table that is enforced', () => {
    const shown = rowsOf('Who may import whom').map(([[folder], text]) => [folder, text] as const);
    expect(Object.fromEntries(shown)).toEqual(enforcedTable());
  });

  it('says what each folder of src is for', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const described = rowsOf('Folders').flatMap(([names]) => names);
    expect(described.sort()).toEqual(folders.map(({ name }) => name).sort());
  });
});
