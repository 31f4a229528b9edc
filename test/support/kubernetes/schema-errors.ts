import { join } from 'node:path';
import ts from 'typescript';
import { label, type Manifest } from './manifest.js';

/** Kinds that Kubernetes itself does not have. */
const FOREIGN = ['monitoring.coreos.com/v1'];

const FILE = join(__dirname, 'manifests-as-typescript.ts');

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  target: ts.ScriptTarget.ES2022,
};

/** What the Kubernetes schemas say against these: values that are wrong or missing, and fields that there are not. */
export async function schemaErrors(manifests: readonly Manifest[]): Promise<string[]> {
  const known = manifests.filter(({ apiVersion }) => !FOREIGN.includes(apiVersion));
  const errors = await Promise.all(known.map(wrongValues));
  return [...errors.flat(), ...unknownFields(known)];
}

async function wrongValues(manifest: Manifest): Promise<string[]> {
  const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<string, unknown>;
  const Model = models[manifest.kind] as (new (data: Manifest) => { validate(): void }) | undefined;
  if (!Model) return [`there is no ${manifest.kind} in ${manifest.apiVersion}`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${label(manifest)}: ${String(error)}`];
  }
}

/** The schemas let fields pass that they don't know, and the API server drops those in silence. The types of the same package don't. */
function unknownFields(manifests: readonly Manifest[]): string[] {
  const source = manifests.map(asTypeScript).join('\n');
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === FILE || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === FILE ? ts.createSourceFile(path, source, ts.ScriptTarget.ES2022) : getSourceFile(path, ...rest);
  const program = ts.createProgram([FILE], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0 }) => {
    const line = source.slice(0, start).split('\n').length - 1;
    const manifest = manifests[line];
    return `${manifest && label(manifest)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** One line for each. */
function asTypeScript(manifest: Manifest, index: number): string {
  const type = `import('kubernetes-models/${manifest.apiVersion}').I${manifest.kind}`;
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
}
