import type { HandedMessage } from '../../domain/topics.js';
import type { BusMessage, BusQuestionKind, QuestionOf } from './bus.js';

export interface AskedQuestion<K extends BusQuestionKind = BusQuestionKind> {
  readonly kind: K;
  readonly question: QuestionOf<K>;
}

const NEWLINE = 0x0a;

/** What a change has for the server alone that made it stays here. */
export function messageJson(message: BusMessage): string {
  if (message.kind !== 'changes') return JSON.stringify(message);
  const changes = message.changes.map((change) => ({ ...change, queuedAt: undefined, answeredAfter: undefined }));
  return JSON.stringify({ kind: 'changes', changes });
}

/** JSON has no bytes: those of a binary frame follow it, after a newline, of which JSON has none either. */
export function questionBody<K extends BusQuestionKind>(kind: K, question: QuestionOf<K>): string | Buffer {
  if (kind !== 'hand') return JSON.stringify({ kind, question });
  const { content, ...handed } = question as HandedMessage;
  if (content.kind !== 'binary') return JSON.stringify({ kind, question });
  const { body, ...line } = content;
  const json = JSON.stringify({ kind, question: { ...handed, content: line } });
  return Buffer.concat([Buffer.from(`${json}\n`), body]);
}

export function questionIn(body: Buffer): AskedQuestion {
  const end = body.indexOf(NEWLINE);
  if (end === -1) return JSON.parse(body.toString()) as AskedQuestion;
  const { kind, question } = JSON.parse(body.toString('utf8', 0, end)) as AskedQuestion<'hand'>;
  const content = { ...question.content, body: body.subarray(end + 1) } as HandedMessage['content'];
  return { kind, question: { ...question, content } };
}
