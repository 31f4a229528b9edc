import { target, type Words } from './words.js';

/** What members of these names look like, and the elements of such lists, where their schemas do not say it. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  accepted: 'User1',
  caller: 'User1',
  callId: 'call_3kTMd0mYQxOdrdbnsJ2Q1w',
  capabilities: 'TEXT',
  chatId: 'User2',
  checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  connection_id: '550e8400-e29b-41d4-a716-446655440000',
  content: 'Hi!',
  data: {},
  features: 'broadcast',
  filename: 'photo.jpg',
  from: 'User1',
  from_user: 'user123',
  id: 'req001',
  level: 'info',
  message: 'Hi!',
  message_id: 'dm_4711',
  messageId: 'broadcast_0k3x9q0a2b_17',
  name: 'Lunch',
  participants: 'User1',
  payload: { message: 'Hello!' },
  protocol_version: '1.0',
  reaction: '👍',
  sender: 'User1',
  title: 'Maintenance Notice',
  to: 'User2',
  to_user: 'user456',
  token: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA',
  topic: 'chat.general',
  topics: 'chat.general',
  url: 'https://example.org/photo.jpg',
  user_id: 'user123',
  userId: 'User1',
};

const TEXT = 'text';

/** The shortest value that a schema lets through, and that reads like something. */
export function exampleOf(words: Words, name = ''): unknown {
  const referred = words[target];
  if (referred) return exampleOf(referred.words(), name);
  if (words.examples) return words.examples[0];
  if ('const' in words) return words.const;
  if (words.enum) return words.enum[0];
  switch ([words.type].flat()[0]) {
    case 'object':
      return objectExample(words, name);
    case 'array':
      return Array.from({ length: words.minItems ?? 1 }, () => exampleOf(words.items ?? {}, name));
    case 'integer':
    case 'number':
      return words.minimum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return typeof BY_NAME[name] === 'string' ? BY_NAME[name] : TEXT;
    default:
      return words.anyOf?.[0] ? exampleOf(words.anyOf[0], name) : (BY_NAME[name] ?? {});
  }
}

/** What is required, and of what one of several must be there the first. */
function objectExample({ properties = {}, required = [], anyOf: [first] = [] }: Words, name: string): unknown {
  const shown = new Set([...required, ...(first?.required ?? [])]);
  const members = Object.entries(properties).filter(([member]) => shown.has(member));
  return Object.fromEntries(members.map(([member, words]) => [member, exampleOf(words, member || name)]));
}
