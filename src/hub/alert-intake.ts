/** `POST /v1/alerts/…`: alerts that other systems report. Answered once they are on disk: all of a request, or nothing. */
import { newsOf, type AlertReport } from '../incident/reports.ts';
import {
  intakeAlertId,
  alertmanagerReports,
  alertmanagerShape,
  alertFormat,
  genericReports,
  genericShape,
  pagerdutyReport,
  pagerdutyShape,
  type AlertFormatContext,
} from './alert-formats.ts';
import { HttpRefusal, jsonBody, type HttpAnswer, type IncomingRequest } from './http-body.ts';
import type { Alerting } from './alerting.ts';
import type { HubCommands } from './hub-commands.ts';
import type { HubParts } from './hub-parts.ts';

interface AlertIntakeContext extends HubParts {
  readonly alerting: Alerting;
  readonly hubCommands: HubCommands;
}

/** PagerDuty's own limit, bytes. */
const PAGERDUTY_BYTES = 512_000;

export class AlertIntake {
  readonly #context: AlertIntakeContext;

  constructor(context: AlertIntakeContext) {
    this.#context = context;
  }

  async alertmanager(request: IncomingRequest): Promise<HttpAnswer> {
    const { intakes } = this.#context;
    const intake = intakes.nameOf(request);
    const given = jsonBody(alertmanagerShape, await request.body());
    const { truncatedAlerts } = given;
    await this.#report(intake, 'alertmanager', alertmanagerReports(this.#format(intake), given));
    if (truncatedAlerts)
      intakes.tell(
        intake,
        `Alertmanager left out ${truncatedAlerts} alerts of a group: raise max_alerts of its webhook`,
      );
    return { status: 200, body: { status: 'ok', alerts: given.alerts.length } };
  }

  async generic(request: IncomingRequest): Promise<HttpAnswer> {
    const intake = this.#context.intakes.nameOf(request);
    const given = jsonBody(genericShape, await request.body());
    await this.#report(intake, 'generic', genericReports(this.#format(intake), given));
    return { status: 200, body: { status: 'ok', alerts: given.length } };
  }

  /** Its senders have the token in the body, as routing key. */
  async pagerduty(request: IncomingRequest): Promise<HttpAnswer> {
    const { intakes, newId, clock } = this.#context;
    const isNamed = request.headers.authorization !== undefined;
    const known = isNamed ? intakes.nameOf(request) : null;
    const event = jsonBody(pagerdutyShape, await request.body(PAGERDUTY_BYTES));
    const intake = known ?? intakes.nameOf(request, event.routing_key ?? '');
    const dedup = event.dedup_key ?? newId(clock.wall());
    if (event.event_action === 'acknowledge') await this.#acknowledge(intake, intakeAlertId(intake, dedup));
    else await this.#report(intake, 'pagerduty', [pagerdutyReport(this.#format(intake), event, dedup)]);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: dedup } };
  }

  async #report(intake: string, source: string, alerts: readonly AlertReport[]): Promise<void> {
    const { intakes, record, clock } = this.#context;
    intakes.limitAlerts(intake, alerts.length);
    await intakes.record(intake, { kind: 'report_alerts', intake, source, alerts: [...alerts] }, () => {
      const { firing, over } = newsOf(record.state.reports, alerts, new Date(clock.wall()).toISOString());
      return firing.length + over.length === 0;
    });
  }

  /** Of an alert that does not fire there is nothing to acknowledge. */
  async #acknowledge(intake: string, alert: string): Promise<void> {
    const { intakes, record, alerting, hubCommands } = this.#context;
    if (record.state.reports.firing[alert] === undefined) return;
    // It may have come a moment ago.
    alerting.step();
    const result = await hubCommands.execute(intakes.submission(intake, { kind: 'acknowledge', alert }), null, false);
    if ('refused' in result && result.retryAfter !== undefined)
      throw new HttpRefusal(503, result.reason, result.retryAfter);
  }

  #format(intake: string): AlertFormatContext {
    return alertFormat(this.#context.settings.current, intake);
  }
}
