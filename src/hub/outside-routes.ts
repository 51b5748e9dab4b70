/** The paths of programs and people outside. */
import { AcknowledgePage, type AcknowledgePageContext } from './acknowledge-page.ts';
import { FRONT_PAGE } from './html-page.ts';
import { intakeRoutes } from './alert-intake.ts';
import { PagerdutyWebhook, type PagerdutyWebhookContext } from './pagerduty-webhook.ts';
import type { Routes } from './server.ts';
import { SlackCommands, type SlackCommandsContext } from './slack-commands.ts';

export const outsideRoutes = (
  context: AcknowledgePageContext & SlackCommandsContext & PagerdutyWebhookContext & Parameters<typeof intakeRoutes>[0],
): Routes => ({
  'GET /': context.bodies.handler(() => Promise.resolve({ status: 200, body: FRONT_PAGE })),
  ...new AcknowledgePage(context).routes(),
  ...new SlackCommands(context).routes(),
  ...new PagerdutyWebhook(context).routes(),
  ...intakeRoutes(context),
});
