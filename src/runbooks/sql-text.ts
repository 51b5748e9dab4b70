/**
 * What a query would change, told from its words. A first check, with the place: what stops a write is that an observe
 * step runs in a read-only transaction. That does not stop the functions named here.
 */

interface SqlFault {
  /** The offset in the text. */
  readonly at: number;
  readonly message: string;
}

const READS = ['SELECT', 'WITH', 'SHOW', 'EXPLAIN', 'VALUES', 'TABLE'];
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'INTO']);
const LOCKS = new Set(['UPDATE', 'SHARE', 'NO', 'KEY']);
/** They act outside the transaction, read files, wait, or run SQL that is handed to them as text. */
const FUNCTIONS =
  /^(?:pg_(?:terminate_backend|cancel_backend|reload_conf|rotate_logfile\w*|promote|switch_wal|(?:create|drop|copy)_\w+|(?:try_)?advisory_\w+|wal_replay_\w+|replication_(?:origin_(?:create|drop|session|xact)\w*|\w+_advance)|logical_\w+|stat_(?:statements_)?reset\w*|log_(?:backend|standby)_\w+|file_(?:write|sync|rename|unlink|read)|backup_\w+|start_backup|stop_backup|read_\w*file\w*|stat_file|ls_\w+|sleep\w*|notify)|dblink\w*|lo_\w+|setval|nextval|set_config|ts_(?:stat|rewrite)|gin_clean_pending_list|brin_(?:de)?summarize_\w+|(?:query|cursor|table|schema|database)_to_xml\w*)$/;

/** The places where `sql` writes, calls what acts in spite of a read-only transaction, or begins a second statement. */
export function sqlFaults(sql: string): SqlFault[] {
  const faults: SqlFault[] = [];
  let count = 0;
  let before = ';';
  for (const { text, at, isCode } of tokensOf(sql)) {
    const word = isCode ? text.toUpperCase() : text;
    const isFirst = before === ';' && word !== ';' && word !== '(';
    if (isFirst && ++count > 1) return [...faults, { at, message: 'a second statement: a step has only one' }];
    if (isCode && isFirst && !READS.includes(word))
      faults.push({ at, message: `${word} may change something, and this step only observes` });
    else if (before === 'FOR' && LOCKS.has(word))
      faults.push({ at, message: 'FOR UPDATE and the like lock rows: this step only observes' });
    else if (isCode && WRITES.has(word) && !(word === 'INTO' && faults.length > 0))
      faults.push({ at, message: `${word} changes something, and this step only observes` });
    else if (word === 'U&"') faults.push({ at, message: 'a name written with U& is not read here: write it as it is' });
    else if (FUNCTIONS.test(text.toLowerCase()))
      faults.push({ at, message: `${text}() acts even where nothing may be written` });
    if (text.includes('${{'))
      faults.push({ at, message: 'a parameter in quotes is text of the query and not bound: take the quotes away' });
    before = word === '(' && before === ';' ? ';' : word;
  }
  return faults;
}

interface SqlToken {
  readonly text: string;
  readonly at: number;
  /** False: in quotes. A quoted name may still be that of a function. */
  readonly isCode: boolean;
}

/** Words, brackets and semicolons. What is never closed goes on to the end, so that no text is read twice. */
function* tokensOf(sql: string): Generator<SqlToken> {
  const pattern =
    /--[^\n]*|\/\*(?:[^]*?\*\/|[^]*$)|([eE]'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*(?:'|$)|'[^']*(?:''[^']*)*(?:'|$)|\$([A-Za-z_]\w*|)\$(?:[^]*?\$\2\$|[^]*$))|"([^"]*(?:""[^"]*)*)(?:"|$)|\$\{\{[^}]*\}\}|([uU]&"|[A-Za-z_][\w$]*|[();])/g;
  for (const { 1: string, 3: quoted, 4: word, index: at } of sql.matchAll(pattern)) {
    if (word !== undefined) yield { text: word, at, isCode: true };
    else if (string !== undefined || quoted !== undefined) yield { text: string ?? quoted ?? '', at, isCode: false };
  }
}
