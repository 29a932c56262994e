/** IP address operators: IPv4 and IPv6, addresses and networks. */
import { isWithin, readAddress, readNetwork } from '../../../base/ip.ts';
import { pair, type Operator } from './condition.ts';

export const IP_OPERATORS: Readonly<Record<string, Operator>> = pair('IpAddress', 'NotIpAddress', {
  hasWildcards: false,
  accepts: (text) => readNetwork(text) !== undefined,
  compare(actual, { text }) {
    const [address, network] = [readAddress(actual), readNetwork(text)];
    return address && network && isWithin(address, network);
  },
});
