import { rawMembers } from '../raw-member.js';

/**
 * A JSON object with the client's own members as they were sent, and the server's behind them, which win where both
 * have the same name.
 *
 * @param ownJson the text of a JSON object, without whitespace around it
 */
export function joinMembers(ownJson: string | undefined, serverMembers: Readonly<Record<string, string>>): string {
  const server = Object.entries(serverMembers).map(memberText).join(',');
  const own = ownJson === undefined ? '' : ownMembers(ownJson, serverMembers);
  return own === '' ? `{${server}}` : `{${own},${server}}`;
}

function ownMembers(ownJson: string, serverMembers: Readonly<Record<string, string>>): string {
  if (!mayHoldName(ownJson, Object.keys(serverMembers))) return ownJson.slice(1, -1).trim();
  const own = [...rawMembers(ownJson)].filter(([name]) => !Object.hasOwn(serverMembers, name));
  return own.map(memberText).join(',');
}

/** Says yes too often rather than too seldom: a name may be written with escapes. */
function mayHoldName(json: string, names: readonly string[]): boolean {
  return json.includes('\\') || names.some((name) => json.includes(name));
}

function memberText([name, json]: readonly [string, string]): string {
  return `${JSON.stringify(name)}:${json}`;
}
