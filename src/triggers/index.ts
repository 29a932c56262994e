/**
 * Bridges to the functions that a pool's triggers name: a module of this machine, a signed webhook, or an endpoint that speaks Lambda's Invoke API.
 *
 * They carry an event there and its answer back, and know nothing of what either means. A function is tried three times, five seconds each; another try is made
 * only where it could not be reached, did not answer in time or was out of order, never after it said no. What could not be asked is told to the log, because the
 * caller of the API hears no more than that.
 */
import type { Clock } from '../base/clock.ts';
import { Failure, isFailure, type Facts } from '../base/failure.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import { newUuid } from '../base/ids.ts';
import { webhookKey } from '../base/standard-webhook.ts';
import type { TriggerFailure, Triggers } from '../domain/ports/triggers.ts';
import { failed, responseIn, Unanswered, type Bridge, type Call } from './call.ts';
import { entryOf, namedBy, type TriggerFunction } from './functions.ts';
import { invokeBridge } from './lambda.ts';
import { moduleBridge, type Load } from './module.ts';
import { webhookBridge } from './webhook.ts';

interface TriggerParts {
  /** By ARN or name. */
  readonly functions: Readonly<Record<string, TriggerFunction>>;
  /** Of webhooks, `whsec_…`, by the same names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where modules lie that are not named by a whole path. */
  readonly folder: string;
  readonly fetch: OutgoingFetch<'operator'>;
  readonly clock: Clock;
  /** How long a try may take; five seconds when absent. */
  readonly limitMs?: number;
  /** How a module is loaded; by `import` when absent. */
  readonly load?: Load;
  /** Hears of what could not be asked. */
  readonly onFailure?: (report: { readonly function: string; readonly reason: string }) => void;
}

const LIMIT_MS = 5000;
const TRIES = 3;

/**
 * Opens the bridges; modules are loaded here, so that a missing one is told at once.
 * @throws Failure `trigger-module-unusable` (facts: module, reason)
 */
export async function openTriggers(parts: TriggerParts): Promise<Triggers> {
  const { functions, limitMs = LIMIT_MS, onFailure = () => undefined } = parts;
  const bridges: Record<string, Bridge> = {};
  for (const [name, configured] of Object.entries(functions))
    bridges[name] = await bridgeTo(name, configured, parts);

  return {
    async invoke({ trigger, arn }, event) {
      const named = namedBy(arn);
      const bridge = entryOf(bridges, named);
      try {
        if (!bridge) throw failed('no function of that name is configured');
        return responseIn(await tried(bridge, { named, event, limitMs, id: newUuid() }));
      } catch (error) {
        if (!isFailure<TriggerFailure>(error)) throw error;
        const { kind, facts, cause } = error;
        if (kind === 'trigger-failed') onFailure({ function: arn, reason: String(facts['reason']) });
        const told: Facts =
          kind === 'trigger-refused' ? { trigger, reason: facts['reason'] ?? '' } : { trigger };
        throw new Failure<TriggerFailure>(kind, told, { cause });
      }
    },
  };
}

async function bridgeTo(name: string, configured: TriggerFunction, parts: TriggerParts): Promise<Bridge> {
  if ('module' in configured) return moduleBridge(configured, parts);
  if ('lambda' in configured) return invokeBridge(configured, parts);
  const key = webhookKey(parts.secrets[name] ?? '');
  // The configuration has made sure of it.
  if (!key) throw failed(`the webhook ${name} has no secret`);
  return webhookBridge({ url: configured.webhook, key }, parts);
}

/** @throws Failure of TriggerFailure */
async function tried(bridge: Bridge, call: Call): Promise<string | Uint8Array> {
  let last: Unanswered | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      return await bridge(call);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      last = error;
    }
  }
  throw failed(last?.message ?? '', last);
}
