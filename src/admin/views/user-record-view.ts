import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';
import type { Ban } from '../../services/users/user-record.js';
import type { ShownUser, ShownUserDetails } from '../shown-user.js';

const COUNT = { type: 'integer', minimum: 0 } as const;

class BanView implements Ban {
  @ApiProperty()
  readonly reason!: string;

  @TimeProperty({ description: 'Since when, ms since the epoch' })
  readonly at!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Until when, ms since the epoch. Absent: for good.' })
  readonly until?: number;
}

/** A user as operators see it. */
export class UserRecordView implements ShownUser {
  @ApiProperty()
  readonly userId!: string;

  @IdProperty({ description: 'By which concord knows the user.' })
  readonly number!: number;

  @ApiPropertyOptional({ description: 'As its newest token calls it.' })
  readonly name?: string;

  @TimeProperty()
  readonly createdAt!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'When it was online last, ms since the epoch; absent while it is.',
  })
  readonly lastSeen?: number;

  @ApiProperty()
  readonly online!: boolean;

  @ApiProperty({ description: 'It has a password here.' })
  readonly registered!: boolean;

  @ApiProperty({ description: 'A token has named it, or it has registered; else somebody wrote to it.' })
  readonly seen!: boolean;

  @ApiPropertyOptional({ description: 'A ban that counts now.' })
  readonly banned?: BanView;
}

/** The same with what there is of it. */
export class UserDetailsView extends UserRecordView implements ShownUserDetails {
  @ApiProperty({ ...COUNT, description: 'Chats that it is in.' })
  readonly chats!: number;

  @ApiProperty({ ...COUNT, description: 'Devices that were seen.' })
  readonly devices!: number;

  @ApiProperty({ ...COUNT, description: 'Open connections, on all servers.' })
  readonly connections!: number;
}

export class IssuedTokenView {
  @ApiProperty()
  readonly token!: string;

  @TimeProperty()
  readonly expiresAt!: number;
}
