/** Which hosts a target's settings name, without anything else that is in them. */

/** This machine, and sockets in the file system. */
const LOCAL = /^(?:localhost|127\..*|\[::1\]|::1|.*\/.*|)$/;
/** What a web address names may be known to everybody. */
const WEB = /^(?:https?|wss?|hub):/;

/** The hosts of databases and caches; those of web addresses are left out. */
export function hostsOf(settings: unknown): readonly string[] {
  const url = typeof settings === 'object' && settings !== null && 'url' in settings ? settings.url : undefined;
  if (typeof url !== 'string' || WEB.test(url)) return [];
  // As libpq takes it: host=db1 dbname=shop.
  const hosts = URL.canParse(url)
    ? [new URL(url).hostname]
    : [...url.matchAll(/(?:^|\s)host=(\S+)/g)].map(([, host = '']) => host);
  return hosts.flatMap((each) => each.split(',')).filter((host) => !LOCAL.test(host));
}
