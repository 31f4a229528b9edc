import { httpUrl, natsUrl, subjectPrefix } from './checks.js';
import type { OutgoingConfig, WebhookConfig } from './config.js';
import type { EnvReader } from './env-reader.js';

const MINUTE_MS = 60_000;

export function readOutgoing(reader: EnvReader): OutgoingConfig {
  if (reader.isSet('EVENTS_WEBHOOK_URL') && reader.isSet('EVENTS_NATS_URL')) {
    reader.refuse('EVENTS_WEBHOOK_URL', 'and EVENTS_NATS_URL contradict each other: set one of them');
  }
  const natsAddress = reader.checked('EVENTS_NATS_URL', natsUrl);
  const prefix = reader.checked('EVENTS_NATS_PREFIX', subjectPrefix) ?? 'parlance.events';
  return {
    webhook: readWebhook(reader),
    nats: natsAddress === undefined ? undefined : { url: natsAddress, prefix },
    maxAttempts: reader.integer('EVENTS_MAX_ATTEMPTS', 12, { min: 1, max: 100 }),
    timeoutMs: reader.integer('EVENTS_TIMEOUT_MS', 5_000, { min: 1, max: MINUTE_MS }),
  };
}

function readWebhook(reader: EnvReader): WebhookConfig | undefined {
  const url = reader.checked('EVENTS_WEBHOOK_URL', httpUrl);
  const secret = reader.text('EVENTS_WEBHOOK_SECRET');
  // Whoever gets an event must be able to tell that it is ours.
  if (reader.isSet('EVENTS_WEBHOOK_URL') && secret === undefined) {
    reader.refuse('EVENTS_WEBHOOK_SECRET', 'must be set together with EVENTS_WEBHOOK_URL');
  }
  return url === undefined || secret === undefined ? undefined : { url, secret };
}
