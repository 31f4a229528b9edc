import { Body, Controller, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../domain/principal.js';
import { Answers } from '../rest/answers.decorator.js';
import { AskerPrincipal } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { OptionalBearerGuard } from '../rest/optional-bearer.guard.js';
import { PathId } from '../rest/path-id.js';
import { CredentialsDto } from '../services/accounts/account.dto.js';
import { AccountsService } from '../services/accounts/accounts.service.js';
import { ProfilesService } from '../services/presence/profiles.service.js';
import { UsersQueryDto } from './users-query.dto.js';
import { RegisteredView } from './views/account-view.js';
import { UserView } from './views/user-view.js';

@ApiTags('users')
@Controller('api/users')
export class UsersController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly profiles: ProfilesService,
  ) {}

  /** A name that is a user's already needs that user's own token. */
  @Post('register')
  @UseGuards(OptionalBearerGuard)
  @ApiBearerAuth()
  @ApiSecurity({})
  @Answers('Registers an account', { status: 201, answer: RegisteredView, errors: [400, 401, 403, 404, 409] })
  register(
    @Body(CheckedBody) credentials: CredentialsDto,
    @AskerPrincipal() asker: Principal | undefined,
  ): Promise<RegisteredView> {
    return this.accounts.register(credentials, asker);
  }

  @Get()
  @NeedsToken()
  @Answers('Lists users, who registered or was seen with a token', { answer: [UserView], errors: [400] })
  list(@Query(CheckedQuery) query: UsersQueryDto): Promise<readonly UserView[]> {
    return this.profiles.list(query);
  }

  @Get(':id')
  @NeedsToken()
  @Answers('Shows a user', { answer: UserView, errors: [404] })
  one(@Param('id', PathId) id: number): Promise<UserView> {
    return this.profiles.one(id);
  }
}
