/**
 * All benches, one after the other: `npm run bench`.
 */
import { benchAccess } from './access.ts';
import { printed } from './measuring.ts';
import { benchSignIn } from './sign-in.ts';
import { benchSrp } from './srp.ts';
import { benchStores } from './stores.ts';

printed({ access: benchAccess(), srp: benchSrp(), stores: await benchStores(), signIn: await benchSignIn() });
