/** What can be told from commands without running them: what they want filled in, and whether they change something. */

/** The most names that are asked for. */
const MOST = 100;
/** Set by every shell or login. */
const ALWAYS_SET = new Set(
  'HOME USER LOGNAME PATH PWD OLDPWD SHELL HOSTNAME RANDOM SECONDS LINENO UID IFS TERM'.split(' '),
);

/** `<placeholder>`, without blanks at its ends, so that redirections are none. */
const PLACEHOLDER = /<([A-Za-z](?:[^<>\n|;&$"()]{0,60}[^<>\s|;&$"()=])?)>/g;
const SETS =
  /(?:^|[\s;&|(])(?:(?:export|local|readonly|declare)\s+)?([A-Za-z_]\w*)=|\b(?:read(?:\s+-\w+)*|for)\s+([A-Za-z_]\w*)/g;

/**
 * The placeholders and variables of `text` that nothing has set. `known` holds the variables of the blocks above, and is
 * given those that this one sets: people run the blocks of a file in one shell.
 */
export function asksOf(text: string, known: Set<string>): string[] {
  const asks = new Set([...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  // In single quotes `$NF` is awk's.
  const expanded = text.replace(/'[^'\n]*'/g, "''");
  for (const match of expanded.matchAll(SETS)) known.add(match[1] ?? match[2] ?? '');
  for (const [, plain, braced] of expanded.matchAll(/(?<![\\$])\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g)) {
    const name = plain ?? braced ?? '';
    if (!known.has(name) && !ALWAYS_SET.has(name)) asks.add(name);
  }
  return [...asks].slice(0, MOST);
}

const START = String.raw`(?:^|[;&|(\n]|\b(?:sudo|xargs|then|do)(?:\s+-\S+)*)\s*`;
/** Behind the name of a program, in the same command. */
const LATER = String.raw`\s(?:[^\n;|&]*?\s)?`;
/** Only the beginning of a line is looked at, because the time grows with the square of its length. */
const MOST_LINE = 500;
const CHANGES = new RegExp(
  [
    String.raw`${START}(?:rm|rmdir|mv|dd|kill|pkill|killall|reboot|shutdown|poweroff|halt|truncate|mkfs[.\w]*|chmod|chown|tee|passwd|iptables|crontab)\s`,
    String.raw`\b(?:kubectl|oc)${LATER}(?:delete|apply|create|replace|patch|edit|scale|drain|cordon|uncordon|taint|annotate|label|set|autoscale|expose|run|rollout\s+(?:restart|undo|pause|resume)|cp|adm\s+upgrade)\b`,
    String.raw`\b(?:systemctl|service)${LATER}(?:start|stop|restart|reload|enable|disable|mask|unmask|kill)\b`,
    String.raw`\b(?:docker|podman|crictl|nerdctl)${LATER}(?:rm|rmi|rmp|stop|stopp|start|kill|restart|prune|run|create|update|pause|unpause|compose\s+(?:up|down))\b`,
    String.raw`\b(?:helm|terraform|virtctl)${LATER}(?:upgrade|install|uninstall|rollback|apply|destroy|import|migrate|start|stop|restart|taint)\b`,
    String.raw`\bcurl${LATER}(?:-X\s*|--request[ =])["']?(?:POST|PUT|PATCH|DELETE)\b|\bcurl${LATER}(?:-d|--data\S*|-F|-T)\s`,
    String.raw`\bredis-cli${LATER}(?:del|unlink|flush\w+|set\w*|expire\w*|config\s+(?:set|rewrite|resetstat)|client\s+(?:kill|pause)|shutdown|failover|replicaof|debug)\b`,
    String.raw`\betcdctl${LATER}(?:defrag|compact|compaction|del|put|move-leader|member\s+(?:remove|add|update)|alarm\s+disarm)\b`,
    String.raw`\b(?:aws|gcloud|az)${LATER}(?:delete|terminate|modify|update|reboot|stop|start|create|put|remove|rm|resize|set|failover)\b`,
    String.raw`\bgit${LATER}(?:push|revert|reset|clean)\b|\bsed\s+-i|\bpsql${LATER}-c[^\n]*\b(?:delete|update|insert|drop|alter|truncate|pg_terminate_backend)\b`,
  ].join('|'),
  'i',
);

/** Commands that want a terminal, or never end by themselves. */
const ENDLESS =
  /\btail\s[^\n|]*-\w*[fF]\b|\b(?:kubectl|oc)\s+logs\s[^\n|]*(?:\s-f\b|--follow)|\bdocker\s+stats\b(?![^\n]*--no-stream)|(?:^|[;|&])\s*(?:watch|top|htop|less|vi|vim|nano)\b|\bexec\s+-\w*t\w*\b|\bjournalctl\s[^\n|]*-f\b|\bredis-cli\s[^\n|]*\bmonitor\b/i;

const someLine = (commands: string, pattern: RegExp): boolean =>
  commands.split('\n').some((line) => pattern.test(line.slice(0, MOST_LINE)));

/** Whether commands look as if they changed something: a hint for people, and no proof of the opposite. */
export const looksChanging = (commands: string): boolean => someLine(commands, CHANGES);
export const looksEndless = (commands: string): boolean => someLine(commands, ENDLESS);

/** The quote that is open at the end of commands; `open`: that at their beginning. */
export function openQuote(commands: string, open: string | null = null): string | null {
  let quote = open;
  for (let at = 0; at < commands.length; at++) {
    const char = commands[at];
    if (char === '\\' && quote !== "'") at += 1;
    else if (quote !== null) quote = char === quote ? null : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '#' && /^$|\s/.test(commands[at - 1] ?? '')) {
      const end = commands.indexOf('\n', at);
      at = end < 0 ? commands.length : end;
    }
  }
  return quote;
}
