import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

const PROGRAM = 'kubectl';

/** The first whose kustomize is 5: an older one knows no components, or no folders among the resources. */
const OLDEST_MINOR = 27;

/** Why nothing can be rendered on this machine; undefined where it can. */
export function kubectlMissing(): string | undefined {
  const { error, stdout } = spawnSync(PROGRAM, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  if (error) return `there is no ${PROGRAM} on this machine`;
  const { gitVersion } = (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion;
  const minor = Number(/^v1\.(\d+)/.exec(gitVersion)?.[1]);
  return minor >= OLDEST_MINOR ? undefined : `${PROGRAM} is ${gitVersion}, and it takes 1.${OLDEST_MINOR} or later`;
}

/** What `kubectl apply -k folder` would send, with components besides. */
export function render(folder: string, components: readonly string[] = []): Manifest[] {
  const scratch = mkdtempSync(join(tmpdir(), 'parlance-kustomize-'));
  try {
    const from = (path: string): string => relative(scratch, path);
    writeFileSync(
      join(scratch, 'kustomization.yaml'),
      JSON.stringify({ resources: [from(folder)], components: components.map(from) }),
    );
    const { status, stdout, stderr } = spawnSync(PROGRAM, ['kustomize', scratch], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
