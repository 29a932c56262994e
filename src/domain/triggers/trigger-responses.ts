/**
 * What a pool's function answered, read member by member: of the right type, absent, or no answer at all.
 *
 * A member that is null is absent, because that is how languages with types write one that was never set.
 */
import { Failure } from '../../base/failure.ts';
import type { TriggerFailure, TriggerName } from '../ports/triggers.ts';

/** What `poolTriggers.ask` brings. */
type TriggerAnswer = Readonly<Record<string, unknown>>;

/** @throws Failure `trigger-answer-malformed`, always */
export function refuseAnswer(trigger: TriggerName): never {
  throw new Failure<TriggerFailure>('trigger-answer-malformed', { trigger });
}

/** Readers of one answer; each throws Failure `trigger-answer-malformed` for a member of another type. */
export function readerOf(trigger: TriggerName, answer: TriggerAnswer) {
  const refuse = (): never => refuseAnswer(trigger);
  const of = (name: string): unknown =>
    Object.hasOwn(answer, name) ? (answer[name] ?? undefined) : undefined;

  return {
    /** Whether it says anything of a member, be it null. */
    has: (name: string): boolean => Object.hasOwn(answer, name),

    flag(name: string): boolean {
      const value = of(name);
      if (value === undefined) return false;
      return typeof value === 'boolean' ? value : refuse();
    },

    text(name: string): string | undefined {
      const value = of(name);
      return value === undefined || typeof value === 'string' ? value : refuse();
    },

    /** One of `choices`. */
    choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
      const value = of(name);
      return value === undefined ? undefined : (choices.find((each) => each === value) ?? refuse());
    },

    /** A list of texts. */
    list(name: string): readonly string[] | undefined {
      const value = of(name);
      if (value === undefined) return undefined;
      return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : refuse();
    },

    /** Texts by name; those that are null are absent. */
    texts(name: string): Readonly<Record<string, string>> | undefined {
      const value = of(name);
      if (value === undefined) return undefined;
      if (!isMapping(value)) return refuse();
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, each]) => {
          if (each === null) return [];
          return typeof each === 'string' ? [[key, each]] : refuse();
        }),
      );
    },

    /** Members that are read in their turn. */
    mapping(name: string): TriggerAnswer | undefined {
      const value = of(name);
      return value === undefined || isMapping(value) ? value : refuse();
    },
  };
}
export type AnswerReader = ReturnType<typeof readerOf>;

const isMapping = (value: unknown): value is TriggerAnswer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
