import { Module } from '@nestjs/common';

import { ConnectedUsers } from './connected-users.js';
import { UserNames } from './user-names.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  providers: [UsersRepository, UsersService, UserNames, ConnectedUsers],
  exports: [UsersRepository, UsersService],
})
export class UsersModule {}
