import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

interface Generator {
  readonly name: string;
  readonly behavior?: 'merge';
  readonly envs?: readonly string[];
  readonly files?: readonly string[];
}

interface Image {
  readonly name: string;
  readonly newName: string;
  readonly newTag: string;
}

export interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly Generator[];
  readonly images?: readonly Image[];
  readonly patches?: readonly { readonly path?: string }[];
}

export function kustomizationOf(folder: string): Kustomization {
  return parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
}

export function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS({ maxAliasCount: 100 }) as Manifest;
  });
}

/** All folders below that kustomize could be told to apply. */
export function kustomizationsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'kustomization.yaml')
    .map((path) => join(folder, path, '..'));
}

/** Where there is no kubectl: the resources and what is generated, without patches, hashes and images. */
export function resourcesOf(folder: string): Manifest[] {
  const { resources = [], configMapGenerator = [] } = kustomizationOf(folder);
  const read = resources.flatMap((name) => {
    const path = join(folder, name);
    return name.endsWith('.yaml') ? manifestsOf(path) : resourcesOf(path);
  });
  return [...read, ...configMapGenerator.map((generator) => configMapOf(folder, generator))];
}

function configMapOf(folder: string, { name, envs = [], files = [] }: Generator): Manifest & { data: object } {
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const data = Object.assign(
    {},
    ...envs.map((file) => parseEnv(text(file))),
    ...files.map((file) => ({ [basename(file)]: text(file) })),
  ) as object;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
