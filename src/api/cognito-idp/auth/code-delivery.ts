/** Where a code went, in the wire's words. */
import type { Delivery } from '../../../domain/notifications/destinations.ts';

/** CodeDeliveryDetailsType. */
export const codeDeliveryType = ({ attribute, channel, destination }: Delivery) => ({
  AttributeName: attribute,
  DeliveryMedium: channel === 'email' ? ('EMAIL' as const) : ('SMS' as const),
  Destination: destination,
});
