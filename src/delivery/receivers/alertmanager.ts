/**
 * Alertmanager's shapes: the webhook (version 4) that Grafana OnCall, GoAlert, Keep and many others take, or, at a URL
 * that ends in `/api/v2/alerts`, alerts for an Alertmanager itself.
 */
import { ESCALATION_LEVELS } from '../../incident/paging.ts';
import { SEVERITIES, type Severity } from '../../incident/severity.ts';
import { readAuthorization, readConnection, readHttpUrl, takesDigests } from '../connection-settings.ts';
import { post } from '../http.ts';
import { receiverKind, severityOf, type Message } from '../receiver.ts';
import { clipped, headline, clippedLine, shortHash, subjectOf } from '../wording.ts';

type Labels = Readonly<Record<string, string>>;

/** The words that routes match on. The exact severity is the label `sev`. */
const SEVERITY: Readonly<Record<Severity, string>> = {
  'SEV-0': 'critical',
  'SEV-1': 'critical',
  'SEV-2': 'warning',
  'SEV-3': 'info',
};
/** An Alertmanager takes an alert for resolved that it does not hear of until then. */
const FIRES_FOR_MS = 7 * 86_400_000;
const TEST_FIRES_FOR_MS = 300_000;
/** Stands for "not ended" in the webhook. */
const NEVER = '0001-01-01T00:00:00Z';
const IS_OVER: readonly string[] = ['resolved', 'closed', 'cancelled', 'merged'];

export default receiverKind({
  events: ['declared', 'severity', 'status', 'page', 'acknowledged', 'resolved'],
  resolvesAll: true,
  read(settings) {
    if (takesDigests(settings)) settings.fault('events', 'what takes alerts takes no digest and no handoff');
    return { ...readConnection(settings), url: readHttpUrl(settings, 'url'), headers: readAuthorization(settings) };
  },
  async send(settings, message, context) {
    const isApi = /\/api\/v2\/alerts\/?$/.test(new URL(settings.url).pathname);
    const body = JSON.stringify(isApi ? apiAlerts(message, context.now) : webhook(message));
    await post({ ...settings, body }, context);
    return { state: 'delivered' };
  },
});

const startOf = ({ incident, alert, at }: Message): string => alert?.since ?? incident?.declaredAt ?? at;
const isOver = ({ kind: what, incident }: Message): boolean =>
  what === 'resolved' || (incident !== null && IS_OVER.includes(incident.status));
/** When it was over, never before it began. */
const endOf = (message: Message): string => [message.at, startOf(message)].sort().at(-1)!;

const labelsOf = (message: Message, severity: Severity): Labels => ({
  alertname: message.kind === 'test' ? 'WarroomTest' : clippedLine(message.alert?.name ?? 'Incident', 200),
  incident: clippedLine(subjectOf(message), 300),
  sev: severity,
  severity: SEVERITY[severity],
  source: 'warroom',
  ...(message.incident?.drill === true && { drill: 'true' }),
});

function annotationsOf(message: Message): Labels {
  const { text, by, incident, page, url } = message;
  return {
    summary: clippedLine(headline(message), 1_000),
    description: clipped(text, 8_000),
    by: clippedLine(by, 200),
    ...(incident !== null && { incident: incident.id, status: incident.status }),
    ...(page !== null && { paged: `${page.level} ${clippedLine(page.name, 200)}` }),
    ...(page?.acknowledgeUrl != null && { acknowledge: page.acknowledgeUrl }),
    ...(url !== null && { url }),
  };
}

function webhook(message: Message): object {
  const status = isOver(message) ? 'resolved' : 'firing';
  const labels = labelsOf(message, severityOf(message));
  const annotations = annotationsOf(message);
  const subject = subjectOf(message);
  return {
    version: '4',
    groupKey: `warroom/${clippedLine(subject, 300)}`,
    truncatedAlerts: 0,
    status,
    receiver: 'warroom',
    groupLabels: { incident: labels['incident'] },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: message.url ?? '',
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: startOf(message),
        endsAt: isOver(message) ? endOf(message) : NEVER,
        generatorURL: message.url ?? '',
        // Not from the labels: with another severity it is still the same.
        fingerprint: shortHash(subject),
      },
    ],
  };
}

/**
 * To an Alertmanager an alert with other labels is another alert: that of the present severity fires, and those of the
 * others end. A page is an alert of its own, because one that fires already tells nobody again; it ends when somebody
 * acknowledges. Ending one that never fired tells nobody.
 */
function apiAlerts(message: Message, now: number): readonly object[] {
  const { kind: what, page } = message;
  const over = isOver(message);
  const firesFor = what === 'test' ? TEST_FIRES_FOR_MS : FIRES_FOR_MS;
  const alert = (labels: Labels, fires: boolean): object => ({
    labels,
    annotations: annotationsOf(message),
    startsAt: startOf(message),
    endsAt: fires ? new Date(now + firesFor).toISOString() : endOf(message),
    ...(message.url !== null && { generatorURL: message.url }),
  });
  const current = severityOf(message);
  const { sev: _, ...common } = labelsOf(message, current);
  const pages = ESCALATION_LEVELS.filter((level) => level === page?.level || over || what === 'acknowledged');
  return [
    ...SEVERITIES.map((severity) => alert(labelsOf(message, severity), severity === current && !over)),
    ...pages.map((level) => alert({ ...common, severity: 'page', level }, page !== null && !over)),
  ];
}
