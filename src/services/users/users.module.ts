import { Global, Module } from '@nestjs/common';

import { TokenStanding } from '../../domain/token-standing.js';
import { ConnectedUsers } from './connected-users.js';
import { UserNumbers } from './user-numbers.js';
import { UserRecordsRepository } from './user-records.repository.js';
import { UserRecordsService } from './user-records.service.js';
import { UserStanding } from './user-standing.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Global for the port that it provides: whoever checks tokens knows nothing of services. */
@Global()
@Module({
  providers: [
    UsersRepository,
    UsersService,
    ConnectedUsers,
    UserNumbers,
    UserRecordsRepository,
    UserRecordsService,
    { provide: TokenStanding, useClass: UserStanding },
  ],
  exports: [UsersRepository, UsersService, ConnectedUsers, UserNumbers, UserRecordsService, TokenStanding],
})
export class UsersModule {}
