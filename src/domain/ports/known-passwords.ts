/**
 * Known passwords: those that everybody tries first, because many people have had them.
 */
export interface KnownPasswords {
  /** True when `password`, whatever its case, is one that is tried first. @throws Failure `too-busy` */
  includes(password: string): Promise<boolean>;
}
