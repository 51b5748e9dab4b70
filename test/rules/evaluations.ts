/** Reads vectors/promql.txt and makes of it a file for `promtool test rules`. */

const SERIES = /^ {2}([\w:]*(?:\{.*\})?) (.+)$/;
const EVALUATION = /^(\d\S*) (.+) =>(?: (.+))?$/;
const RESULT = /^(.*\}) (\S+)$/;

/** The YAML, and how many evaluations it holds. */
export function promqlTests(text: string): { readonly yaml: string; readonly count: number } {
  const blocks = text
    .replace(/^#.*\n/gm, '')
    .split(/\n\n+/)
    .filter((block) => block.trim() !== '');
  const tests = blocks.map((block) => {
    const [head = '', ...lines] = block.trim().split('\n');
    const series = lines.map((line) => SERIES.exec(line)).filter((found) => found !== null);
    const evaluations = lines.map((line) => EVALUATION.exec(line)).filter((found) => found !== null);
    if (series.length + evaluations.length !== lines.length) throw new Error(`a line cannot be read in:\n${block}`);
    return {
      name: head,
      interval: head.split(' every ')[1],
      input_series: series.map(([, series, values]) => ({ series, values })),
      promql_expr_test: evaluations.map(([, time, expr, results = '']) => ({
        eval_time: time,
        expr,
        exp_samples: results === '' ? [] : results.split('; ').map(sample),
      })),
    };
  });
  // JSON is YAML, but for infinities.
  const yaml = JSON.stringify({ evaluation_interval: '1m', tests }).replace(/"<([+-])Inf>"/g, '$1.inf');
  return { yaml, count: tests.reduce((sum, test) => sum + test.promql_expr_test.length, 0) };
}

function sample(text: string): { labels: string; value: number | string } {
  const [, labels, value] = RESULT.exec(text) ?? [];
  if (labels === undefined || value === undefined) throw new Error(`no sample: ${text}`);
  return { labels, value: value.endsWith('Inf') ? `<${value}>` : Number(value) };
}
