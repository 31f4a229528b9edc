import type { AsyncApiDocument } from './async-api.js';

type Json = Readonly<Record<string, unknown>>;

interface Message extends Json {
  readonly name: string;
  readonly summary: string;
  readonly payload: Json;
  readonly examples?: readonly { readonly payload: unknown }[];
}

type Query = Readonly<Record<string, { readonly description?: string }>>;

interface Channel extends Json {
  readonly address: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
  readonly bindings: { readonly ws: { readonly query: { readonly properties: Query } } };
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
pre { background: #f5f5f5; padding: .75rem; overflow: auto; font-size: 13px } h2 { margin-top: 3rem } summary { cursor: pointer }
table { border-collapse: collapse } td, th { border: 1px solid #ddd; padding: .25rem .5rem; text-align: left; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #111 } pre { background: #1c1c1c } td, th { border-color: #333 } a { color: #8bf } }`;

const REF = /&quot;#\/components\/schemas\/([\w.-]+)&quot;/g;

/** The document for people, in one page that needs nothing else: each frame with an example and its schema. */
export function asyncApiPage(document: AsyncApiDocument): string {
  const { info, channels, components } = document;
  const sections = Object.entries(channels as Record<string, Channel>).map(([name, channel]) =>
    channelSection(name, channel, components.messages as Record<string, Message>),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => {
    return `<details id="${anchor('schemas', name)}"><summary><code>${escaped(name)}</code></summary>${json(schema)}</details>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}: WebSockets</title>
<style>${STYLE}</style></head><body>
<h1>${escaped(info.title)}: the WebSocket dialects</h1>
<p><a href="/docs/asyncapi.json">AsyncAPI document</a> · <a href="/docs">REST</a></p>
${markdown(info.description)}
${sections.join('\n')}
<h2>Schemas</h2>
${schemas.join('\n')}
</body></html>
`;
}

function channelSection(name: string, channel: Channel, messages: Readonly<Record<string, Message>>): string {
  const { address, description, bindings } = channel;
  const query = Object.entries(bindings.ws.query.properties).map(
    ([field, { description: what = '' }]) =>
      `<tr><td><code>?${escaped(field)}=</code></td><td>${inline(what)}</td></tr>`,
  );
  const shown = Object.values(channel.messages).flatMap(({ $ref }) => messages[$ref.split('/').at(-1) ?? ''] ?? []);
  return `<h2 id="${anchor(name)}">${escaped(name)}: <code>${escaped(address)}</code></h2>
<p>${inline(description)}</p>
<table>${query.join('')}</table>
${shown.map((message) => messageSection(name, message)).join('\n')}`;
}

function messageSection(channel: string, { name, summary, payload, examples = [] }: Message): string {
  return `<details id="${anchor(channel, name)}"><summary><code>${escaped(name)}</code> ${inline(summary)}</summary>
${examples.map((example) => json(example.payload)).join('')}${json(payload)}</details>`;
}

function json(value: unknown): string {
  const text = escaped(JSON.stringify(value, null, 2));
  return `<pre>${text.replace(REF, (_, name: string) => `<a href="#${anchor('schemas', name)}">${name}</a>`)}</pre>`;
}

/** As much of Markdown as our own texts have: headings, tables and paragraphs. */
function markdown(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((block) => {
      if (block.startsWith('## ')) return `<h2>${inline(block.slice(3))}</h2>`;
      return block.startsWith('|') ? table(block.split('\n')) : `<p>${inline(block)}</p>`;
    })
    .join('\n');
}

function table([head = '', , ...body]: readonly string[]): string {
  const row = (line: string, tag: string): string => {
    const cells = line.slice(2, -2).split(' | ');
    return `<tr>${cells.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join('')}</tr>`;
  };
  return `<table>${row(head, 'th')}${body.map((line) => row(line, 'td')).join('')}</table>`;
}

function inline(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function anchor(...names: readonly string[]): string {
  return names.map((name) => name.replace(/[^\w.-]/g, '_')).join('-');
}

/** Names of modules, their DTOs and what they say are somebody else’s text. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
