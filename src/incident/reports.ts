/** What systems outside report of alerts: which fire, which are over, and what of a new report is news. Pure. */
import * as v from 'valibot';
import { instant, labels, maybe, severityShape, short, time } from './shapes.ts';
import { ownValue } from './topic.ts';
import type { Instant } from './vocabulary.ts';

/** Alerts that fire: of one source, and of all. */
export const MAX_FIRING = { perSource: 1_000, all: 2_000 } as const;
/** Alerts that are over and kept, so that a request that comes late or again does not raise them anew. */
const KEPT_OVER = 4_000;

/** `name`: what kind of alert it is, as the name of a rule. */
const about = {
  name: short(200),
  severity: severityShape,
  summary: short(300),
  labels,
  runbook: maybe(short(200)),
  /** Who is called for it; absent: nobody. */
  route: maybe(short(100)),
};

/** One alert of a request. Without `startsAt` it begins when it is recorded, and ends whatever fires. */
export const reportShape = v.object({
  alert: short(300),
  ...about,
  isFiring: v.boolean(),
  startsAt: maybe(instant),
});
export type AlertReport = Readonly<v.InferOutput<typeof reportShape>>;

/** `startsAt`: by the sender's clock; it tells one episode of an alert from the next. */
const firing = v.object({ ...about, startsAt: time });
/** What a request changes. */
export const newsShape = {
  firing: v.array(v.object({ alert: v.string(), ...firing.entries })),
  over: v.array(v.object({ alert: v.string(), startsAt: time })),
};
type News = Readonly<v.InferOutput<v.ObjectSchema<typeof newsShape, undefined>>>;

/** By alert. `over`: when the last episode began, the one that ended last at the end. */
export const reportsShape = v.object({
  firing: v.record(v.string(), v.object({ intake: v.string(), source: v.string(), ...firing.entries })),
  over: v.record(v.string(), time),
});
export type Reports = Readonly<v.InferOutput<typeof reportsShape>>;
export const NO_REPORTS: Reports = { firing: {}, over: {} };

export function withNews(
  { firing, over }: Reports,
  news: News & { readonly intake: string; readonly source: string },
): Reports {
  const { intake, source } = news;
  const fires = new Map(Object.entries(firing));
  const ended = new Map(Object.entries(over));
  for (const { alert, ...rest } of news.firing) {
    fires.set(alert, { ...rest, intake, source });
    ended.delete(alert);
  }
  for (const { alert, startsAt } of news.over) {
    fires.delete(alert);
    ended.delete(alert);
    ended.set(alert, startsAt);
  }
  return { firing: Object.fromEntries(fires), over: Object.fromEntries([...ended].slice(-KEPT_OVER)) };
}

/** What of a request is new. Requests may come late, out of order, and more than once. */
export function newsOf({ firing, over }: Reports, reported: readonly AlertReport[], now: Instant): News {
  const fires = new Map<string, News['firing'][number]>();
  const ended = new Map<string, News['over'][number]>();
  for (const { isFiring, startsAt, ...report } of reported) {
    const { alert } = report;
    const known = ended.has(alert) ? undefined : (fires.get(alert) ?? ownValue(firing, alert));
    const overSince = fires.has(alert) ? undefined : (ended.get(alert)?.startsAt ?? ownValue(over, alert));
    if (isFiring) {
      // It fired then and is over: the request comes late, or again.
      if (known === undefined && startsAt !== undefined && overSince !== undefined && startsAt <= overSince) continue;
      const next = { ...report, startsAt: startsAt ?? known?.startsAt ?? now };
      if (known !== undefined && startsAt !== undefined && startsAt < known.startsAt) continue;
      if (known !== undefined && isSame({ ...known, alert }, next)) continue;
      ended.delete(alert);
      fires.set(alert, next);
    } else if (known !== undefined && (startsAt === undefined || startsAt >= known.startsAt)) {
      fires.delete(alert);
      ended.set(alert, { alert, startsAt: startsAt ?? known.startsAt });
    } else if (known === undefined && startsAt !== undefined && !(overSince !== undefined && overSince >= startsAt)) {
      // Its beginning may still be on the way.
      ended.set(alert, { alert, startsAt });
    }
  }
  return { firing: [...fires.values()], over: [...ended.values()] };
}

/** Whether more would fire after `news` than is taken. */
export function isTooMany({ firing }: Reports, { firing: fires, over }: News, intake: string): boolean {
  const after = new Map(Object.entries(firing).map(([alert, one]) => [alert, one.intake]));
  for (const { alert } of over) after.delete(alert);
  for (const { alert } of fires) after.set(alert, intake);
  const mine = [...after.values()].filter((one) => one === intake).length;
  const isMore = fires.some(({ alert }) => ownValue(firing, alert) === undefined);
  return isMore && (mine > MAX_FIRING.perSource || after.size > MAX_FIRING.all);
}

type Fires = News['firing'][number];
const isSame = ({ labels, ...a }: Fires, { labels: others, ...b }: Fires): boolean =>
  keys.every((key) => a[key] === b[key]) &&
  Object.keys(labels).length === Object.keys(others).length &&
  Object.entries(labels).every(([name, value]) => others[name] === value);
const keys = ['name', 'severity', 'summary', 'runbook', 'route', 'startsAt'] as const;
