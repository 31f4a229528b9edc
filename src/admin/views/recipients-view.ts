import { ApiProperty } from '@nestjs/swagger';

export class RecipientsView {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Connections that it was handed to, on all servers.' })
  readonly recipients!: number;
}
