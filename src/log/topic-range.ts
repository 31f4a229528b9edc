/** Sorts after every byte that a topic can have. */
const AFTER_ALL = '~';

/** A wildcard in the first place leaves these to those who name them. */
const RESERVED = '(?!(user|presence)\\.|\\$)';

/** The topics that a pattern matches, as SQL finds them: a range of names and, where that says too much, an expression. */
export interface TopicRange {
  readonly low: string;
  readonly high: string;
  readonly expression: string | null;
}

export function rangeOf(pattern: string): TopicRange {
  const segments = pattern.split('.');
  const wildcard = segments.findIndex(isWildcard);
  if (wildcard === -1) return { low: pattern, high: pattern, expression: null };
  const prefix = segments.slice(0, wildcard).map((segment) => `${segment}.`);
  const low = prefix.join('');
  const expression = `^${wildcard === 0 ? RESERVED : ''}${segments.map(expressionOf).join('\\.')}$`;
  return { low, high: low + AFTER_ALL, expression };
}

function isWildcard(segment: string): boolean {
  return segment === '*' || segment === '>';
}

function expressionOf(segment: string): string {
  if (segment === '*') return '[^.]+';
  return segment === '>' ? '.+' : segment.replace('$', '\\$');
}
