import { IsIn, IsObject, IsOptional } from 'class-validator';

import type { Attachment } from '../../domain/payloads.js';
import { IsText } from './field.decorator.js';

export const ATTACHMENT_TYPES = ['file', 'image', 'video'] as const satisfies readonly Attachment['type'][];

/** More than this make an album, which is several messages. */
export const MAX_ATTACHMENTS = 10;

/** Checked as far as it is known, and kept exactly as sent; unknown fields too. */
export class AttachmentDto implements Attachment {
  @IsIn(ATTACHMENT_TYPES)
  readonly type!: Attachment['type'];

  @IsText()
  readonly id!: string;

  @IsText()
  readonly filename!: string;

  /** Not looked at: what it means is between the clients. */
  @IsText()
  readonly url!: string;

  /** What may be in it depends on the type: see `requireMeta`. */
  @IsOptional()
  @IsObject()
  readonly meta?: Readonly<Record<string, unknown>>;
}
