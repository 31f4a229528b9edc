import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../domain/caller.js';
import { Answers } from '../rest/answers.decorator.js';
import { Asker } from '../rest/asker.decorator.js';
import { NeedsToken } from '../rest/needs-token.decorator.js';
import { IceServersService } from '../services/calls/ice-servers.service.js';
import { IceServersView } from './views/ice-servers-view.js';

/** For `RTCPeerConnection`. */
@ApiTags('calls')
@Controller('api/ice-servers')
@NeedsToken()
export class IceServersController {
  constructor(private readonly iceServers: IceServersService) {}

  /** Without configured servers the list is empty. */
  @Get()
  @Answers('Lists the STUN and TURN servers, with credentials for the user that asks', { answer: IceServersView })
  list(@Asker() { principal }: Actor): IceServersView {
    return this.iceServers.of(principal.userId);
  }
}
