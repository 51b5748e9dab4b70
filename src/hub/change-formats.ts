/** Reads changes: our own format, and the deployment webhooks of GitHub and GitLab. */
import * as v from 'valibot';
import { NAME_LENGTH } from '../incident/person-name.ts';
import { instantOf, boundedLine } from './alert-formats.ts';

export interface GivenChange {
  readonly what: string;
  readonly by: string | null;
  readonly link: string | null;
  readonly at: string | null;
  /** The same for a request that is sent again. */
  readonly key: string | null;
}

const text = v.string();
const maybeText = v.nullish(text);
const user = v.nullish(v.object({ login: maybeText, username: maybeText, name: maybeText }));

export const ownShape = v.pipe(
  v.object({ what: text, by: maybeText, at: maybeText, link: maybeText, id: maybeText }),
  v.check(({ what }) => boundedLine(what, 500) !== '', 'say what changed: what'),
);
const deployment = v.object({
  id: v.number(),
  ref: maybeText,
  environment: maybeText,
  description: maybeText,
  created_at: maybeText,
  creator: user,
});
const repository = v.nullish(v.object({ full_name: maybeText, html_url: maybeText }));
export const githubShape = v.object({
  deployment,
  deployment_status: v.nullish(
    v.object({ id: v.number(), state: text, target_url: maybeText, log_url: maybeText, created_at: maybeText }),
  ),
  repository,
  sender: user,
});
export const gitlabShape = v.object({
  deployment_id: v.number(),
  status: text,
  status_changed_at: maybeText,
  deployable_url: maybeText,
  environment: maybeText,
  project: v.nullish(v.object({ path_with_namespace: maybeText, web_url: maybeText })),
  ref: maybeText,
  short_sha: maybeText,
  user,
});

/** What is under way between the beginning and the end of a deployment changes nothing. */
const ENDS: ReadonlySet<string> = new Set(['success', 'failure', 'failed', 'error', 'canceled', 'inactive']);

export const ownChange = ({ what, by, at, link, id }: v.InferOutput<typeof ownShape>): GivenChange =>
  change({ what, by, link, at, key: id || (at ? JSON.stringify([what, by, at, link]) : null) });

/** Null: nothing changed by it. */
export function githubChange(given: v.InferOutput<typeof githubShape>): GivenChange | null {
  const { deployment, deployment_status: status, repository, sender } = given;
  if (status && !ENDS.has(status.state)) return null;
  const into = deployment.environment ? ` to ${deployment.environment}` : '';
  return change({
    what: `deployment of ${repository?.full_name ?? ''} ${deployment.ref ?? ''}${into}: ${status?.state ?? 'begins'}`,
    by: sender?.login ?? deployment.creator?.login,
    link: status?.log_url || status?.target_url || repository?.html_url,
    at: status?.created_at ?? deployment.created_at,
    key: `github deployment ${deployment.id} ${status?.id ?? ''}`,
  });
}

export function gitlabChange(given: v.InferOutput<typeof gitlabShape>): GivenChange | null {
  const { status, environment, project, ref, short_sha, user } = given;
  if (status !== 'running' && !ENDS.has(status)) return null;
  const of = [project?.path_with_namespace, ref, short_sha].filter(Boolean).join(' ');
  return change({
    what: `deployment of ${of}${environment ? ` to ${environment}` : ''}: ${status === 'running' ? 'begins' : status}`,
    by: user?.username ?? user?.name,
    link: given.deployable_url || project?.web_url,
    at: given.status_changed_at,
    key: `gitlab deployment ${project?.path_with_namespace ?? ''} ${given.deployment_id} ${status}`,
  });
}

type Said = { readonly [K in keyof GivenChange]: string | null | undefined };

function change({ what, by, link, at, key }: Said): GivenChange {
  const url = boundedLine(link, 500);
  return {
    what: boundedLine(what, 500),
    by: boundedLine(by, NAME_LENGTH) || null,
    link: /^https?:\/\//i.test(url) ? url : null,
    at: instantOf(at),
    key: key ? key.slice(0, 1_000) : null,
  };
}
