/**
 * What is true of a request at an entry point: for every condition key a condition that holds there.
 */
import type { GlobalKey, KeysFrom, KeySource } from '../../../src/domain/access/conditions/condition-keys.ts';
import { REGION, type TestServer } from '../servers/server.ts';

export interface Rule {
  readonly Effect: 'Allow' | 'Deny';
  readonly Condition?: Readonly<Record<string, object>>;
}
/** A condition that holds of the entry point's requests, for every key that some request has. */
export type Truths = Readonly<Record<Exclude<GlobalKey, KeysFrom<'absent'>>, Rule['Condition']>>;
export interface EntryPoint {
  readonly name: string;
  /** Where the keys come from that a request has here. */
  readonly sources: readonly KeySource[];
  readonly truths: Truths;
  /** Whether the caller gets what it asks for. */
  lets(rules: readonly Rule[]): Promise<boolean>;
}

export const ACCOUNT = '123456789012';
export const HEADERS = { 'user-agent': 'probe-agent/1', referer: 'https://probe.example/page' };

/** What holds of every request of the tests. */
export function truthsOf(server: TestServer, own: Partial<Truths>): Truths {
  const now = server.clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const nobody = { Null: { 'aws:userid': 'false' } };
  return {
    'aws:CurrentTime': { DateEquals: { 'aws:CurrentTime': now } },
    'aws:EpochTime': { NumericEquals: { 'aws:EpochTime': String(Date.parse(now) / 1000) } },
    'aws:SecureTransport': { Bool: { 'aws:SecureTransport': 'false' } },
    'aws:SourceIp': { IpAddress: { 'aws:SourceIp': '127.0.0.1/32' } },
    'aws:RequestedRegion': { StringEquals: { 'aws:RequestedRegion': REGION } },
    'aws:ViaAWSService': { Bool: { 'aws:ViaAWSService': 'false' } },
    'aws:PrincipalIsAWSService': { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
    'aws:ResourceAccount': { StringEquals: { 'aws:ResourceAccount': ACCOUNT } },
    'aws:UserAgent': { StringEquals: { 'aws:UserAgent': HEADERS['user-agent'] } },
    'aws:Referer': { StringEquals: { 'aws:Referer': HEADERS.referer } },
    'aws:PrincipalArn': nobody,
    'aws:PrincipalAccount': { StringEquals: { 'aws:PrincipalAccount': ACCOUNT } },
    'aws:PrincipalType': nobody,
    'aws:userid': nobody,
    'aws:username': nobody,
    'aws:TokenIssueTime': { DateEquals: { 'aws:TokenIssueTime': now } },
    'aws:MultiFactorAuthPresent': { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
    'aws:FederatedProvider': nobody,
    'aws:SourceIdentity': { StringEquals: { 'aws:SourceIdentity': 'ada' } },
    'aws:PrincipalTag/': { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
    'aws:RequestTag/': { StringEquals: { 'aws:RequestTag/team': 'blue' } },
    'aws:TagKeys': { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } },
    'aws:ResourceTag/': { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
    ...own,
  };
}
