import { ApiProperty } from '@nestjs/swagger';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';
import type { AuditEntry } from '../../services/audit/deed.js';

export class AuditView implements AuditEntry {
  @IdProperty()
  readonly id!: number;

  @TimeProperty()
  readonly at!: number;

  @ApiProperty({ description: 'The operator’s user id.' })
  readonly actor!: string;

  @ApiProperty({ example: 'connection.close' })
  readonly action!: string;

  @ApiProperty({ description: 'Whom or what it was done to, by its id; `*`: everybody.' })
  readonly subject!: string;

  @ApiProperty({ description: 'The IP address that the operator asked from, which may be a proxy’s.' })
  readonly address!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What else was asked.' })
  readonly details!: Readonly<Record<string, unknown>>;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: '`done`, or the code of the error that it ended with; null: it is under way, or its server died.',
  })
  readonly outcome!: string | null;
}
