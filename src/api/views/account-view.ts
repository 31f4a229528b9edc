import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IdProperty } from '../../rest/id-property.decorator.js';

export class RegisteredView {
  @IdProperty()
  readonly id!: number;

  @ApiProperty()
  readonly username!: string;
}

export class TokenView {
  @ApiProperty({ description: 'A JWT, for `Authorization: Bearer` and for `?token=` of a WebSocket.' })
  readonly token!: string;
}

/** Done, and nothing to tell. */
@ApiSchema({ name: 'Empty' })
export class EmptyView {}
