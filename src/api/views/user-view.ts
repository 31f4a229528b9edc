import { ApiProperty } from '@nestjs/swagger';
import { type OnlineStatus, onlineStatuses } from '../../domain/online-status.js';
import type { UserProfile } from '../../services/presence/profiles.service.js';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';

class ProfileView {
  @TimeProperty()
  readonly createdAt!: number;

  @ApiProperty()
  readonly nickname!: string;

  @ApiProperty({ type: 'string', nullable: true })
  readonly bio!: string | null;

  @IdProperty({ nullable: true })
  readonly avatarId!: number | null;
}

class StatusView {
  @ApiProperty({ enum: onlineStatuses })
  readonly onlineStatus!: OnlineStatus;
}

export class UserView implements UserProfile {
  @IdProperty()
  readonly id!: number;

  @ApiProperty()
  readonly username!: string;

  @ApiProperty()
  readonly profile!: ProfileView;

  @ApiProperty()
  readonly status!: StatusView;
}
