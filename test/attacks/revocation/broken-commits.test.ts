/**
 * What is taken back while the store fails, or the process dies: nothing is gone of which what it gave lives on.
 */
import { brokenCommits } from '../../support/matrices/broken-commits.ts';

describe('what is taken back by a commit that is refused', () => {
  brokenCommits('refused');
});
