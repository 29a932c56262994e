/**
 * Afterwards: what is done once the present request is answered, because its time must not show in the answer.
 *
 * Whoever runs the server hears when it fails. It is not kept: what must not be lost is a job.
 */

/** Does something of a pool's once the present request is answered. */
export type Afterwards = (poolId: string, work: () => Promise<void>) => void;
