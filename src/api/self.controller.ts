import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { NewPasswordDto } from '../services/accounts/account.dto.js';
import { AccountsService } from '../services/accounts/accounts.service.js';
import { ProfilesService } from '../services/presence/profiles.service.js';
import { EmptyView } from './views/account-view.js';
import { UserView } from './views/user-view.js';

/** Who asks. */
@ApiTags('users')
@Controller('api/self')
@NeedsToken()
export class SelfController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly profiles: ProfilesService,
  ) {}

  @Get()
  @Answers('Shows the user that asks', { answer: UserView })
  self(@Asker() { principal }: Actor): Promise<UserView> {
    return this.profiles.self(principal.userId);
  }

  /** The token that asks ends by it too. */
  @Post('password')
  @Answers('Changes the password and ends all tokens', { answer: EmptyView, errors: [400, 403, 404] })
  async changePassword(@Asker() { principal }: Actor, @Body(CheckedBody) password: NewPasswordDto): Promise<EmptyView> {
    await this.accounts.changePassword(principal, password);
    return {};
  }
}
