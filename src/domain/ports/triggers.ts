/**
 * Triggers: functions of a pool's owner that are asked while something happens (AWS Lambda's, in Cognito).
 *
 * A bridge carries an event to the function that an ARN stands for, and brings its answer back. What is asked, and what of an answer counts, is the domain's.
 */

/** As LambdaConfig names them. */
export type TriggerName =
  | 'PreSignUp'
  | 'PostConfirmation'
  | 'PreAuthentication'
  | 'PostAuthentication'
  | 'DefineAuthChallenge'
  | 'CreateAuthChallenge'
  | 'VerifyAuthChallengeResponse'
  | 'PreTokenGeneration'
  | 'UserMigration'
  | 'CustomMessage'
  | 'CustomEmailSender'
  | 'CustomSMSSender'
  | 'InboundFederation';

/** The function of one trigger. */
export interface PoolTrigger {
  readonly arn: string;
  /** `V1_0`, where a trigger has versions. */
  readonly version?: string;
}

/** The event in Cognito's words; a function gives it back with `response` filled in. */
export interface TriggerEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly userName?: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: object;
  readonly response: object;
}

/**
 * `trigger-refused` (facts: trigger, reason): the function said no; the reason is its own words. `trigger-answer-malformed` (fact: trigger): what it answered is no event.
 * `trigger-failed` (fact: trigger): it could not be asked, or did not answer in time.
 */
export type TriggerFailure = 'trigger-refused' | 'trigger-answer-malformed' | 'trigger-failed';

export interface Triggers {
  /**
   * Asks the function `arn` for a trigger, at most three times, five seconds each.
   * @returns the member `response` of what it gave back
   * @throws Failure of TriggerFailure
   */
  invoke(
    asked: { readonly trigger: TriggerName; readonly arn: string },
    event: TriggerEvent,
  ): Promise<Readonly<Record<string, unknown>>>;
}
