import type { Quote } from '../domain/message.js';

/** A quoted message as the SQL functions write it. */
export interface QuoteJson {
  readonly number: number;
  readonly clientMessageId: string | null;
  readonly sender: string;
  readonly text: string | null;
  readonly createdAt: number;
}

export function quoteOf(json: QuoteJson): Quote {
  const { number, clientMessageId, sender, text, createdAt } = json;
  return { number, clientMessageId: clientMessageId ?? undefined, sender, text: text ?? undefined, createdAt };
}
