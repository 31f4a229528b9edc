import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { MemberRole } from '../../domain/chat.js';
import { TimeProperty } from '../../rest/id-property.decorator.js';
import type { ChatMember, ChatOverview } from '../../services/oversight/chat-overview.js';
import { ChatRefView } from './chat-ref-view.js';

const COUNT = { type: 'integer', minimum: 0 } as const;

export class ChatOverviewView extends ChatRefView {
  @TimeProperty()
  readonly createdAt!: number;

  @ApiPropertyOptional({ description: 'Of groups and channels: the user who made it.' })
  readonly createdBy?: string;

  @ApiProperty({ ...COUNT, description: 'Who is in it now.' })
  readonly members!: number;

  @ApiProperty({ ...COUNT, description: 'The number of the newest message; 0: there is none.' })
  readonly newestMessage!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'When that was sent, ms since the epoch.' })
  readonly newestAt?: number;
}

export class MemberView implements ChatMember {
  @ApiProperty()
  readonly userId!: string;

  @ApiPropertyOptional()
  readonly name?: string;

  @ApiProperty({ enum: ['owner', 'admin', 'member'] })
  readonly role!: MemberRole;

  @TimeProperty()
  readonly joinedAt!: number;

  @ApiProperty({ ...COUNT, description: 'It sees the messages above this number.' })
  readonly joinedAfter!: number;

  @ApiProperty({ ...COUNT, description: 'It has all messages up to this number.' })
  readonly deliveredTo!: number;

  @ApiProperty({ ...COUNT, description: 'It has read all messages up to this number.' })
  readonly readTo!: number;
}

export function chatOverviewView({ chat, ...overview }: ChatOverview): ChatOverviewView {
  return { ...chat, ...overview };
}
