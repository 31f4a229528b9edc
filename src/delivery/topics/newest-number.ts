import type { TopicServices } from './topic-services.js';

/** Reads the number of the newest topic message: once for all who ask while a reading is under way, but after each has asked. */
export class NewestNumber {
  private running?: Promise<number>;
  private next?: Promise<number>;

  constructor(private readonly log: TopicServices['log']) {}

  read(): Promise<number> {
    if (!this.running) return this.begin();
    return (this.next ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    ));
  }

  private begin(): Promise<number> {
    this.next = undefined;
    const running = this.log.newest().finally(() => {
      if (this.running === running) this.running = undefined;
    });
    return (this.running = running);
  }
}
