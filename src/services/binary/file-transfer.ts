import { Injectable } from '@nestjs/common';

import type { Caller } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { wireMessageId } from '../../domain/ids.js';
import { chatTopic } from '../../domain/topic-patterns.js';
import { Distribution } from '../../domain/topics.js';
import { ChatDirectory } from '../chats/chat-directory.js';
import { PayloadSender } from '../chats/payload-sender.js';
import { FilesService, type KeptFile } from '../files/files.service.js';
import { attachmentOf } from './file-attachment.js';
import type { Delivered, Frame } from './frame.js';
import { FrameHandover } from './frame-handover.js';
import type { Route } from './route.js';

/** The name of a file that was sent without one. */
const DEFAULT_FILENAME = 'file';

/** A frame on its way, and the file that was made of it. */
interface Transfer {
  readonly frame: Frame;
  readonly route: Route;
  readonly file: KeptFile;
}

/**
 * Sends files: kept first, so that nobody is told of one that a crash takes away. In a chat a file is a message, and whoever
 * may read that may fetch it; elsewhere those to whom the frame was handed may.
 */
@Injectable()
export class FileTransfer {
  constructor(
    private readonly files: FilesService,
    private readonly directory: ChatDirectory,
    private readonly sender: PayloadSender,
    private readonly distribution: Distribution,
    private readonly handover: FrameHandover,
  ) {}

  async send(caller: Caller, frame: Frame, route: Route): Promise<Delivered> {
    this.files.requireRoomFor(frame.body);
    const chat = await this.chatOf(caller, route);
    const { filename = '', metadata } = frame.request;
    const file = await this.files.keep({
      owner: caller.principal.userId,
      chatId: chat?.id,
      sentTo: nameOf(route),
      clientFileId: metadata?.idempotency_key,
      filename: filename === '' ? DEFAULT_FILENAME : filename,
      body: frame.body,
    });
    const transfer = { frame, route, file };
    const delivered = chat ? await this.sendInto(caller, chat, transfer) : await this.share(caller, transfer);
    return { fileId: file.id, url: file.url, ...delivered };
  }

  private async chatOf({ principal }: Caller, route: Route): Promise<ChatAddress | undefined> {
    if (route.to === 'chat') return route.chat;
    return route.to === 'user'
      ? this.directory.openForSending(principal.userId, route.userId, 'payload.targetUser')
      : undefined;
  }

  private async sendInto(caller: Caller, chat: ChatAddress, transfer: Transfer): Promise<Delivered> {
    const { frame, route, file } = transfer;
    const payload = { attachments: [attachmentOf(file)] };
    const { id } = await this.sender.send(caller, chat, { payload, metadata: frame.request.metadata, isOurs: true });
    const messageId = wireMessageId(chat, id);
    const handed = await this.passOnce(caller, transfer, messageId);
    if (route.to !== 'user') return { recipients: handed.length, messageId };
    return { messageId, ...(await this.reached(caller, route.userId)) };
  }

  /** The message reaches more than those to whom the frame was handed: whoever is shown dialogs. What one sends to oneself waits for nobody. */
  private async reached({ principal, origin }: Caller, userId: string): Promise<Omit<Delivered, 'messageId'>> {
    const connections = await this.distribution.connectionsOf(userId);
    if (userId !== principal.userId) {
      return { recipients: connections.length, queued: connections.length === 0 || undefined };
    }
    return { recipients: connections.filter((id) => id !== origin.connectionId).length };
  }

  private async share(caller: Caller, transfer: Transfer): Promise<Delivered> {
    const { route, file } = transfer;
    if (route.to === 'nobody') return { recipients: 0 };
    const messageId = `broadcast_${file.id}`;
    const readers = await this.files.share(file.id, () => this.passOnce(caller, transfer, messageId));
    return { recipients: readers.length, messageId };
  }

  /** Of a repetition the message is the same, and nobody is handed it again. */
  private async passOnce({ principal }: Caller, transfer: Transfer, messageId: string): Promise<readonly string[]> {
    const { frame, route, file } = transfer;
    if (file.isRepeated) return [];
    const more = { file_id: file.id, url: file.url };
    return this.handover.pass(principal.userId, frame, { route, messageId, more });
  }
}

/** No topic holds a colon, so no user's name is taken for one. A channel is named by what stays its own when its name does not. */
function nameOf(route: Route): string | undefined {
  switch (route.to) {
    case 'nobody':
      return undefined;
    case 'user':
      return `user:${route.userId}`;
    case 'chat':
      return chatTopic(route.chat.publicId ?? '');
    case 'topic':
    case 'unused':
      return route.topic;
  }
}
