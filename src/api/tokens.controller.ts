import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { ClientAddress } from '../rest/client-address.decorator.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { CredentialsDto } from '../services/accounts/account.dto.js';
import { AccountsService } from '../services/accounts/accounts.service.js';
import { TokenView } from './views/account-view.js';

@ApiTags('tokens')
@Controller('api/tokens')
export class TokensController {
  constructor(private readonly accounts: AccountsService) {}

  /** Bad credentials are 400, with one text whatever is bad about them. */
  @Post()
  @Answers('Gives a token for a name and its password', { answer: TokenView, errors: [400, 404, 429] })
  signIn(@Body(CheckedBody) credentials: CredentialsDto, @ClientAddress() address: string): Promise<TokenView> {
    return this.accounts.signIn(credentials, address);
  }

  @Get('recycle')
  @NeedsToken()
  @Answers('Gives a token like the one that asks, as good as new', { answer: TokenView, errors: [404] })
  recycle(@Asker() { principal }: Actor): Promise<TokenView> {
    return this.accounts.recycle(principal);
  }
}
