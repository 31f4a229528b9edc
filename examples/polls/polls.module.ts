import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Poll } from './poll.entity.js';
import { PollsController } from './polls.controller.js';
import { PollsHandlers } from './polls.handlers.js';
import { PollsRepository } from './polls.repository.js';
import { PollsService } from './polls.service.js';
import { Vote } from './vote.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Poll, Vote])],
  controllers: [PollsController],
  providers: [PollsRepository, PollsService, PollsHandlers],
})
export class PollsModule {}
