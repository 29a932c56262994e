/**
 * HTTP credentials: what an Authorization header says, by its scheme.
 *
 * The scheme is compared without case, and one or more spaces stand between it and the credentials. What the credentials are
 * worth is decided where they are used.
 * Source: RFC 9110, sections 11.1 and 11.4; RFC 6750, section 2.1; RFC 7617, section 2.
 */

/** The characters of `token68`. */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The credentials of a header such as `Bearer abc.def`.
 *
 * @param header the value of one Authorization header; '' for none
 * @returns undefined for another scheme or no header; '' for the right scheme with credentials that are none
 */
export function credentialsIn(header: string, scheme: 'Bearer' | 'Basic'): string | undefined {
  const [, named = '', rest = ''] = /^([^ ]*) *(.*)$/s.exec(header) ?? [];
  if (named.toLowerCase() !== scheme.toLowerCase()) return undefined;
  return TOKEN68.test(rest) ? rest : '';
}
